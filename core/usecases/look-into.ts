/** What is known of a stored file: of a large MP4 or MOV from its header alone, of all others by reading them whole. */
import * as z from 'zod';
import { Failure } from '../failures.ts';
import { parseProbe } from '../ffmpeg/ffprobe.ts';
import type { PinnedObject } from '../job/pinned-object.ts';
import { admit, admitBytes } from '../media/admission.ts';
import { firstSamples } from '../media/mp4/first-samples.ts';
import { readSourceIndex } from '../media/mp4/source-index.ts';
import type { Probe } from '../media/probe.ts';
import type { SourceIndex } from '../media/source-index.ts';
import type { Folder } from '../ports/workspace.ts';
import { inParallel } from './in-parallel.ts';
import type { RunTaskDeps, TaskReport } from './task-run.ts';

export interface Indexed {
  readonly index: Omit<SourceIndex, 'rows'>;
  readonly rows: Uint8Array;
}

export interface LookedInto {
  readonly probe: Probe;
  /** Null where the file was not read whole. */
  readonly sha256: string | null;
  /** Of an MP4 or MOV file that is worth cutting. */
  readonly indexed?: Indexed;
}

type Deps = Pick<RunTaskDeps, 'objects' | 'media' | 'workspace' | 'limits'>;
type During = TaskReport['during'];
interface Looking {
  readonly object: PinnedObject;
  readonly signal?: AbortSignal | undefined;
  readonly during: During;
}
type Stretch = { readonly at: number; readonly bytes: Uint8Array };

const file = 'source';
/** Shorter films are never cut. */
const leastSeconds = 20;
/** Room for what ffprobe may want besides. */
const spareBytes = 16 * 2 ** 20;
const lanes = 4;

const straight: During = (_phase, _timing, work) => work();

/**
 * Fails with `input.*` where the file may not enter, `input.changed` where its bytes are others by now, and
 * `input.corrupt` where they are not those that were announced: a file whose sha256 was announced is read whole.
 */
export const lookInto = async (
  deps: Deps,
  object: PinnedObject,
  { signal, during = straight }: { readonly signal?: AbortSignal | undefined; readonly during?: During } = {},
): Promise<LookedInto> => {
  admitBytes(object.bytes, deps.limits);
  const looking = { object, signal, during };
  const isSmall = object.bytes <= deps.limits.wholeBytes || object.sha256 !== undefined;
  return (isSmall ? undefined : await byHeader(deps, looking)) ?? whole(deps, looking);
};

/** The header and the first samples lie where they lie in the source, and all else is left out: ffprobe sees no difference. */
const byHeader = async (deps: Deps, { object, signal, during }: Looking): Promise<LookedInto | undefined> => {
  const got: Stretch[] = [];
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = await deps.objects.readRange(object, { start, end }, signal);
    got.push({ at: start, bytes });
    return bytes;
  };
  const indexed = await during('downloading', 'download', () => readSourceIndex({ bytes: object.bytes, read }));
  if (!indexed || indexed.index.tracks.some(({ refused }) => refused !== null)) return undefined;
  await during('downloading', 'download', () =>
    inParallel(firstSamples(indexed.index.tracks, indexed.rows), lanes, async ({ start, end }) => {
      await read(start, end);
    }),
  );
  const bytes = got.reduce((sum, stretch) => sum + stretch.bytes.length, 0);
  return deps.workspace.use(bytes + spareBytes, async (folder) => {
    await folder.fill(file, object.bytes, async (write) => {
      for (const stretch of got) await write(stretch.at, [stretch.bytes]);
    });
    const json = await during('checking', 'probe', () =>
      deps.media.probe({ folder: folder.path, file, uncounted: true }, signal),
    );
    const counted = withCounts(json, indexed.index);
    if (counted === undefined) return undefined;
    const probe = admit(parseProbe(counted), deps.limits);
    return { probe, sha256: null, ...(isLong(probe) && { indexed }) };
  });
};

const Streams = z.looseObject({
  streams: z.array(z.looseObject({ index: z.int(), codec_type: z.string().optional() })),
});

/** With the packets of each track, as if ffprobe had counted them; undefined where the index does not know a picture track. */
const withCounts = (json: unknown, { tracks }: Indexed['index']): unknown => {
  const parsed = Streams.safeParse(json);
  if (!parsed.success) return json;
  const streams = parsed.data.streams.map((stream) => {
    const track = tracks.find((each) => each.stream === stream.index);
    return { ...stream, ...(track && { nb_read_packets: String(track.samples) }) };
  });
  const isKnown = streams.every((stream) => stream.codec_type !== 'video' || 'nb_read_packets' in stream);
  return isKnown ? { ...parsed.data, streams } : undefined;
};

const isLong = ({ durationSeconds, video }: Probe): boolean =>
  video.length > 0 && (durationSeconds ?? 0) >= leastSeconds;

const whole = async (deps: Deps, { object, signal, during }: Looking): Promise<LookedInto> =>
  deps.workspace.use(object.bytes, async (folder) => {
    const { bytes, sha256 } = await during('downloading', 'download', () =>
      deps.objects.download(object, folder.at(file), signal),
    );
    if (bytes !== object.bytes) throw new Failure('input.changed');
    if (object.sha256 !== undefined && object.sha256 !== sha256) {
      throw new Failure('input.corrupt', {
        detail: 'It is not the file that was announced: its sha256 is another one.',
      });
    }
    const probe = await during('checking', 'probe', async () =>
      admit(parseProbe(await deps.media.probe({ folder: folder.path, file }, signal)), deps.limits),
    );
    const indexed = await indexOf(folder, { file, bytes }, probe);
    return { probe, sha256, ...(indexed && { indexed }) };
  });

/** Of a file in the folder, where it is worth cutting. */
export const indexOf = async (
  folder: Folder,
  made: { readonly file: string; readonly bytes: number },
  probe: Probe,
): Promise<Indexed | undefined> =>
  probe.container === 'mov' && isLong(probe)
    ? readSourceIndex({ bytes: made.bytes, read: (start, end) => folder.bytes(made.file, start, end - start) })
    : undefined;
