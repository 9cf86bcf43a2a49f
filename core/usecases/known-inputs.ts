/** What is known of a job's inputs before it runs: nothing is fetched, and no more is read than what tells what is in a file. */
import { Failure, hasCode } from '../failures.ts';
import type { InputObject } from '../job/inputs.ts';
import type { MediaRecord } from '../job/media-record.ts';
import type { PinnedObject } from '../job/pinned-object.ts';
import type { Name } from '../job/values.ts';
import type { Probe } from '../media/probe.ts';
import { predictAudio, predictProbe, predictVideo } from '../outputs/predict.ts';
import type { MediaStore } from '../ports/media-store.ts';
import type { Looked, Prober } from '../ports/prober.ts';
import { type PinDeps, pinInput } from './pin-input.ts';

export type KnownInput =
  /** What a job that runs now will find. */
  | ({ readonly status: 'known'; readonly object: PinnedObject } & Looked)
  /** Of what FFmpeg makes: about what it will be. */
  | { readonly status: 'expected'; readonly probe: Probe; readonly note: string }
  /** Nobody knows until it is brought in. */
  | { readonly status: 'unknown'; readonly note: string }
  /** Optional, and not there. */
  | { readonly status: 'missing'; readonly note: string };

export type KnownDeps = PinDeps & { library: Pick<MediaStore, 'get' | 'bySource' | 'update'>; prober: Prober };

/** Characters that a voice speaks in a second. */
const spokenPerSecond = 14;

const stereo = (codec: string, seconds: number, index = 0) =>
  predictAudio({ index, codec, channels: 2, sampleRate: 48_000, seconds });

const film = (size: { width: number; height: number }, fps: number, seconds: number, codec = 'h264') =>
  predictVideo({ ...size, codec, fps: { num: Math.round(fps * 1000), den: 1000 }, seconds });

const expected = (input: InputObject): Probe | undefined => {
  if ('test' in input) {
    const { seconds, size = '1280x720', fps = 30 } = input.test;
    const [width = 1280, height = 720] = size.split('x').map(Number);
    const video = film({ width, height }, fps, seconds);
    return predictProbe({ container: 'matroska', seconds, video, audio: stereo('pcm_s16le', seconds, 1) });
  }
  if ('color' in input)
    return predictProbe({
      container: 'matroska',
      seconds: input.seconds,
      video: film({ width: 1280, height: 720 }, 30, input.seconds),
    });
  if ('silence' in input)
    return predictProbe({ container: 'flac', seconds: input.silence, audio: stereo('flac', input.silence) });
  if (!('speech' in input)) return undefined;
  const seconds = Math.max(1, input.speech.text.length / spokenPerSecond);
  return predictProbe({ container: 'mp3', seconds, audio: stereo('mp3', seconds) });
};

/** Where the bytes lie, as the library files what it brought in from there. */
const sourceOf = (input: InputObject): string | undefined => {
  if ('url' in input) return input.url;
  return 's3' in input && input.s3.versionId === undefined ? `s3://${input.s3.bucket}/${input.s3.key}` : undefined;
};

/** Only of such a file there may be an index. */
const mayBeCut = ({ container, video }: Probe): boolean => container === 'mov' && video.length > 0;

const ofMedia = async (deps: KnownDeps, media: MediaRecord): Promise<KnownInput> => {
  const { object } = media;
  if (media.probe && !mayBeCut(media.probe)) return { status: 'known', object, probe: media.probe, index: null };
  const looked = await deps.prober.look(object);
  // Best effort: whoever asks next is answered from the library.
  if (!media.probe) await deps.library.update({ ...media, probe: looked.probe }).catch(() => undefined);
  return { status: 'known', object, ...looked };
};

/** A single PUT has arrived whole or not at all, whether or not somebody says so: the job will find it, so its plan does. */
const arrived = async (deps: KnownDeps, owner: string, input: InputObject): Promise<PinnedObject | undefined> => {
  const upload = 'upload' in input ? await deps.uploads.get(input.upload) : undefined;
  if (upload?.owner !== owner || upload.state !== 'waiting' || upload.multipart) return undefined;
  const object = await deps.objects.head(upload.key);
  return object && { key: upload.key, etag: object.etag, bytes: object.bytes };
};

const known = async (deps: KnownDeps, owner: string, name: Name, input: InputObject): Promise<KnownInput> => {
  const probe = expected(input);
  if (probe) return { status: 'expected', probe, note: 'It is made when the job runs; this is about what it will be.' };
  const source = sourceOf(input);
  if (source !== undefined) {
    const media = await deps.library.bySource(owner, source);
    if (media) return ofMedia(deps, media);
    return { status: 'unknown', note: 'Nobody knows what is in it before it is imported: import it first.' };
  }
  if ('media' in input) {
    const media = await deps.library.get(input.media);
    if (media?.owner === owner) return ofMedia(deps, media);
  }
  const object = (await arrived(deps, owner, input)) ?? (await pinInput(deps, { owner, awaits: null }, name, input));
  if (!object) return { status: 'unknown', note: 'Nobody knows what is in it before the job runs.' };
  return { status: 'known', object, ...(await deps.prober.look(object)) };
};

/** Of every input. Fails with `input.*` where one that is not optional is missing or is no media. */
export const knownInputs = async (
  deps: KnownDeps,
  owner: string,
  inputs: Readonly<Record<Name, InputObject>>,
): Promise<Record<Name, KnownInput>> => {
  const entries = await Promise.all(
    Object.entries(inputs).map(async ([name, input]) => {
      try {
        return [name, await known(deps, owner, name, input)] as const;
      } catch (error) {
        if (input.optional && hasCode(error, 'input.not_found'))
          return [name, { status: 'missing', note: error.message }] as const;
        if (error instanceof Failure && error.code.startsWith('input.'))
          throw new Failure(error.code, {
            ...error.facts,
            detail: `The input "${name}": ${error.message}`,
            errors: [{ pointer: `/inputs/${name}`, code: error.code, message: error.message }],
          });
        throw error;
      }
    }),
  );
  return Object.fromEntries(entries);
};

/** The same prober; what it found out of a file is not asked for again by this process. */
export const rememberingProber = (prober: Prober, most = 200): Prober => {
  const found = new Map<string, Looked>();
  return {
    look: async (object) => {
      const key = `${object.key} ${object.etag}`;
      const looked = found.get(key) ?? (await prober.look(object));
      found.delete(key);
      found.set(key, looked);
      const [oldest] = found.keys();
      if (found.size > most && oldest !== undefined) found.delete(oldest);
      return looked;
    },
  };
};
