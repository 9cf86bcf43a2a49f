/** A folder of clips that FFmpeg makes, and jobs over them that real FFmpeg carries out. For tests of outputs and edits. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import type { Probe } from '#core/media/probe.ts';
import { type CarriedOut, carryOut } from './carry-out.ts';
import { planOf } from './plans.ts';
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
  remove(): Promise<void>;
}

export const mediaHouse = async (): Promise<MediaHouse> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-media-'));
  const tools = ffmpegMediaTools({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
  const sources: Record<string, string> = {};
  const probes: Record<string, Probe> = {};
  const add = async (name: string, path: string): Promise<void> => {
    const at = path.lastIndexOf('/');
    sources[name] = path;
    probes[name] = parseProbe(await tools.probe({ folder: path.slice(0, at), file: path.slice(at + 1) }));
  };
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
    run: (outputs, inputs = Object.keys(probes), rest = {}) => {
      const wanted = Object.fromEntries(inputs.flatMap((name) => (probes[name] ? [[name, probes[name]]] : [])));
      return carryOut((findings) => planOf(outputs, wanted, { findings, rest }), {
        root: folder,
        sources: (input) => sources[input] ?? '',
      });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
