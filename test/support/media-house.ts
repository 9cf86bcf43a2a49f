/** A folder of clips that FFmpeg makes, and jobs over them that real FFmpeg carries out. For tests of outputs and edits. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import type { Finding } from '#core/job/findings.ts';
import type { Plan } from '#core/job/plan.ts';
import type { Probe } from '#core/media/probe.ts';
import { type CarriedOut, carryOut } from './carry-out.ts';
import { planOf } from './plans.ts';
import { type Indexed, indexOf } from './slices.ts';
import { aCaptionProbe } from './probes.ts';

/** Arguments that read FFmpeg's own sources. */
export const lavfi = (...graphs: readonly string[]): string[] =>
  graphs.flatMap((graph) => ['-f', 'lavfi', '-i', graph]);
export const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'] as const;

export interface MediaHouse {
  readonly folder: string;
  readonly probes: Readonly<Record<string, Probe>>;
  /** Makes `file` with these FFmpeg arguments and probes it as an input called `name`. */
  make(name: string, file: string, words: readonly string[]): Promise<void>;
  /** Adds a file that lies elsewhere. */
  add(name: string, path: string): Promise<void>;
  /** Adds a SubRip file of this text as an input called `name`. */
  captions(name: string, text: string): Promise<void>;
  /** Plans a job of these outputs over the named inputs (all of them where none is named) and carries it out. */
  run(
    outputs: Record<string, unknown>,
    inputs?: readonly string[],
    rest?: Record<string, unknown>,
  ): Promise<CarriedOut>;
  /** The plan of `runCut`, of which nothing is carried out. */
  planCut(
    outputs: Record<string, unknown>,
    inputs: readonly string[],
    chunkSeconds: number,
    rest?: Record<string, unknown>,
  ): Promise<Plan>;
  /** Like `run`, in pieces of about so many seconds where that is possible. */
  runCut(
    outputs: Record<string, unknown>,
    inputs: readonly string[],
    chunkSeconds: number,
    rest?: Record<string, unknown>,
    more?: { readonly leastSoundSeconds: number; readonly workers: number },
  ): Promise<CarriedOut>;
  remove(): Promise<void>;
}

/** `isNoisy`: the sources are known to make decoders complain. */
export const mediaHouse = async ({ isNoisy = false } = {}): Promise<MediaHouse> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-media-'));
  const tools = ffmpegMediaTools({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
  const sources: Record<string, string> = {};
  const probes: Record<string, Probe> = {};
  const indexes: Record<string, Indexed> = {};
  const add = async (name: string, path: string): Promise<void> => {
    const at = path.lastIndexOf('/');
    sources[name] = path;
    probes[name] = parseProbe(await tools.probe({ folder: path.slice(0, at), file: path.slice(at + 1) }));
  };
  const cutPlanner = async (
    inputs: readonly string[],
    chunkSeconds: number,
    { workers = 4, ...more }: { readonly workers?: number } = {},
  ) => {
    for (const name of inputs) {
      const indexed = indexes[name] ?? (await indexOf(sources[name] ?? ''));
      if (indexed) indexes[name] = indexed;
    }
    const cutting = {
      ...more,
      indexes: Object.fromEntries(inputs.flatMap((name) => (indexes[name] ? [[name, indexes[name].index]] : []))),
      leastChunkSeconds: chunkSeconds,
      // At most as many pieces: a first one, a last one, and some that are neither.
      capacity: { kind: 'local', workers, vcpus: workers } as const,
    };
    return (outputs: Record<string, unknown>, rest: Record<string, unknown> = {}, findings: Record<string, Finding>) =>
      planOf(outputs, among(inputs), { findings, rest: { optimize: 'speed', ...rest }, cutting });
  };
  const among = (inputs: readonly string[]): Record<string, Probe> =>
    Object.fromEntries(inputs.flatMap((name) => (probes[name] ? [[name, probes[name]]] : [])));
  return {
    folder,
    probes,
    add,
    make: async (name, file, words) => {
      execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...words, join(folder, file)]);
      await add(name, join(folder, file));
    },
    captions: async (name, text) => {
      sources[name] = join(folder, `${name}.srt`);
      await writeFile(sources[name], text);
      probes[name] = aCaptionProbe();
    },
    planCut: (outputs, inputs, chunkSeconds, rest) =>
      cutPlanner(inputs, chunkSeconds).then((plan) => plan(outputs, rest, {})),
    runCut: async (outputs, inputs, chunkSeconds, rest, more) => {
      const plan = await cutPlanner(inputs, chunkSeconds, more);
      return carryOut((findings) => plan(outputs, rest, findings), {
        root: folder,
        isNoisy,
        sources: (input) => sources[input] ?? '',
        indexes: (input) => indexes[input],
      });
    },
    run: (outputs, inputs = Object.keys(probes), rest = {}) => {
      const wanted = among(inputs);
      return carryOut((findings) => planOf(outputs, wanted, { findings, rest }), {
        root: folder,
        isNoisy,
        sources: (input) => sources[input] ?? '',
      });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
