/** FFmpeg and ffprobe of this machine, run so that a stranger's file can harm nothing but its own job. */
import { randomUUID } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '#core/failures.ts';
import { captionProbe, isCaptionFile } from '#core/ffmpeg/caption-probe.ts';
import { fileArgument, probeFlags } from '#core/ffmpeg/hardened.ts';
import { progressReader } from '#core/ffmpeg/progress.ts';
import type { TaskLimits } from '#core/job/plan.ts';
import { magicBytes, whyNotMedia } from '#core/media/magic.ts';
import type { Engine, MediaTools } from '#core/ports/media-tools.ts';
import { askEngine } from './engine.ts';
import { lastFrames, withLastFrames } from './last-frame.ts';
import { supervise } from './supervise.ts';
import { findWrapper, type Wrap } from './wrapper.ts';

const mebibyte = 1024 ** 2;
/** Counting packets reads the whole file, so large files take a while; nothing is decoded but a few pictures. */
const probeLimits: TaskLimits = {
  wallSeconds: 300,
  cpuSeconds: 120,
  memoryBytes: 1024 * mebibyte,
  outputBytes: mebibyte,
};
/** 64 streams with all their tags; more is an attack on our memory. */
const maxJsonBytes = 8 * mebibyte;

export type ProbeFile = Parameters<MediaTools['probe']>[0];

/** What captions are, read by ourselves; undefined where ffprobe is to be asked. Other text is refused. */
const withoutFfprobe = async ({ folder, file }: ProbeFile): Promise<unknown> => {
  const handle = await open(join(folder, file));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magicBytes), 0, magicBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    if (isCaptionFile(head)) return await captionProbe((await handle.stat()).size, () => handle.readFile());
    const why = whyNotMedia(head);
    if (why) throw new Failure('input.not_media', { detail: `It is ${why}.`, phase: 'probe' });
    return undefined;
  } finally {
    await handle.close();
  }
};

/** FFmpeg lets a name such as `x.jpg` outweigh the bytes, so a file is probed under a name that says nothing. */
const withoutName = async <T>({ folder, file }: ProbeFile, work: (bare: ProbeFile) => Promise<T>): Promise<T> => {
  const bare = { folder, file: `probe-${randomUUID()}` };
  await link(join(folder, file), join(folder, bare.file));
  try {
    return await work(bare);
  } finally {
    await rm(join(folder, bare.file), { force: true });
  }
};

/** A demuxer that took the file and then gave up names itself; a file that none takes is no media at all. */
const probeFailure = (stderrTail: string): Failure => {
  const facts = { stderrTail, phase: 'probe' };
  const refused = (detail: string): Failure => new Failure('input.not_media', { ...facts, detail });
  const codec = /Codec \(([\w-]{1,40})\) not on whitelist/.exec(stderrTail)?.[1];
  if (codec) return refused(`Files with the codec ${codec} are not accepted.`);
  const format = /^\[([\w,-]{1,60})\] Format not on whitelist/m.exec(stderrTail)?.[1];
  if (format) return refused(`Files of the kind ${format} are not accepted.`);
  const complaint = /^\[(?!NULL)[\w,-]{1,60}\] (.{1,200})$/m.exec(stderrTail)?.[1];
  if (!complaint) return new Failure('input.not_media', facts);
  return new Failure('input.corrupt', {
    ...facts,
    detail: `It cannot be opened: ${complaint.trim().replace(/\.$/, '')}.`,
  });
};

/** Runs ffprobe and resolves to its stdout. */
const askFfprobe =
  (wrap: Wrap, ffprobePath: string) =>
  async ({ folder, file }: ProbeFile, words: readonly string[], signal?: AbortSignal): Promise<string> => {
    let text = '';
    const tooMuch = new AbortController();
    const run = await supervise(ffprobePath, [...probeFlags(), ...words, fileArgument(file)], {
      wrap,
      folder,
      limits: probeLimits,
      signal: AbortSignal.any([tooMuch.signal, ...(signal ? [signal] : [])]),
      onStdout: (piece) => {
        text += piece;
        if (text.length > maxJsonBytes) tooMuch.abort();
      },
    });
    signal?.throwIfAborted();
    if (run.endedBy === 'deadline') throw new Failure('platform.timeout', { detail: 'Probing took too long.' });
    if (run.endedBy === 'signal') {
      throw new Failure('platform.internal', {
        detail: 'ffprobe crashed.',
        stderrTail: run.stderrTail,
        phase: 'probe',
      });
    }
    if (run.endedBy !== 'exit' || run.exitCode !== 0) throw probeFailure(run.stderrTail);
    return text;
  };

/** Names that PATH resolves, or absolute paths. */
export const ffmpegMediaTools = ({
  ffmpegPath = 'ffmpeg',
  ffprobePath = 'ffprobe',
}: {
  ffmpegPath?: string;
  ffprobePath?: string;
} = {}): MediaTools => {
  let wrapper: Promise<Wrap> | undefined;
  let engine: Promise<Engine> | undefined;
  const wrapped = (): Promise<Wrap> => (wrapper ??= findWrapper());
  const askedEngine = async (): Promise<Engine> => askEngine(await wrapped(), ffmpegPath);
  return {
    engine: () => (engine ??= askedEngine()),
    probe: async (named, signal) => {
      const captions = await withoutFfprobe(named);
      if (captions !== undefined) return captions;
      const ask = askFfprobe(await wrapped(), ffprobePath);
      const count = named.uncounted ? [] : ['-count_packets'];
      const words = ['-show_format', '-show_streams', ...count, '-of', 'json'];
      return withoutName(named, async (file) => {
        const json: unknown = JSON.parse(await ask(file, words, signal));
        return withLastFrames(json, await lastFrames(json, (more) => ask(file, more, signal)));
      });
    },
    run: async (command, { folder, limits, signal, onProgress, onActivity }) =>
      supervise(ffmpegPath, command.arguments, {
        wrap: await wrapped(),
        folder,
        limits,
        writes: true,
        signal,
        onActivity,
        ...(onProgress ? { onProgress: progressReader(onProgress) } : {}),
      }),
  };
};
