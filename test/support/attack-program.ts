/**
 * The attacks of strangers' files, shown to the FFmpeg of a container by a program that runs in it: the runner's own way
 * to run FFmpeg, with every open and connect traced where `STRACE` names a folder with strace and its libraries. Prints
 * one line of JSON, an `AttackReport`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { probeFlags } from '#core/ffmpeg/hardened.ts';
import { admit } from '#core/media/admission.ts';
import { type Lab, pngBomb, references, wavAt } from './attacks.ts';
import { hardenedArguments } from './commands.ts';

export interface Attacked {
  readonly attack: string;
  readonly tool: 'ffmpeg' | 'ffprobe';
  readonly exitCode: number | null;
  readonly endedBy: string;
  /** The trace shows that the attack itself was opened: it was a trace. */
  readonly isTraced: boolean;
  /** Lines of the trace that show something else of ours opened, or any connection. */
  readonly foreign: readonly string[];
  readonly writtenBytes: number;
}

export interface AttackReport {
  readonly version: string;
  readonly attacked: readonly Attacked[];
  /** Attacks that succeed on this FFmpeg without our flags. */
  readonly alive: readonly string[];
  readonly bomb: { readonly exitCode: number | null; readonly cpuSeconds: number | null };
  /** What each is refused with, by attack, before FFmpeg is asked to make anything of it. */
  readonly refused: Readonly<Record<string, string>>;
}

const { FFMPEG_PATH = 'ffmpeg', FFPROBE_PATH = 'ffprobe', CANARY = '', STRACE } = process.env;
const programs = { ffmpeg: FFMPEG_PATH, ffprobe: FFPROBE_PATH };
const limits = { wallSeconds: 10, cpuSeconds: 10, memoryBytes: 2 ** 30, outputBytes: 2 ** 26 };
const command = {
  arguments: hardenedArguments('in0', ['-map', '0', '-c:v', 'mpeg4', '-f', 'mp4', 'file:out.mp4']),
  progressSeconds: 1,
};

const outside = mkdtempSync(join(tmpdir(), 'secret-'));
const lab: Lab = { secret: join(outside, 'private.ts'), sibling: 'private.ts', canary: CANARY };
execFileSync(FFMPEG_PATH, [
  ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=10:duration=1'],
  ...['-c:v', 'mpeg2video', lab.secret],
]);

const traced = (tool: keyof typeof programs): string => {
  const script = join(outside, `traced-${tool}`);
  const strace = STRACE
    ? `${STRACE}/ld.so --library-path ${STRACE} ${STRACE}/strace -f -qq -e trace=open,openat,connect,bind -o "$PWD/trace.$$"`
    : '';
  writeFileSync(script, `#!/bin/sh\nexec ${strace} ${programs[tool]} "$@"\n`);
  chmodSync(script, 0o755);
  return script;
};
const tools = ffmpegMediaTools({ ffmpegPath: traced('ffmpeg'), ffprobePath: traced('ffprobe') });
const bare = ffmpegMediaTools({ ffmpegPath: FFMPEG_PATH, ffprobePath: FFPROBE_PATH });

/** A folder of its own with the attack as `in0`, and a video of somebody else beside it. */
const inFolder = async <T>(attack: string | Buffer, work: (folder: string) => Promise<T> | T): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'attack-'));
  try {
    writeFileSync(join(folder, 'in0'), attack);
    writeFileSync(join(folder, lab.sibling), readFileSync(lab.secret));
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const traceIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('trace.'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));

const seen = (folder: string): Pick<Attacked, 'isTraced' | 'foreign' | 'writtenBytes'> => {
  const lines = traceIn(folder);
  const written = join(folder, 'out.mp4');
  return {
    isTraced: lines.some((line) => /open.*"(?:file:)?in0"/.test(line)),
    foreign: lines.filter((line) => /private\.ts|\/proc\/(?:self|\d+)\/environ|AF_INET/.test(line)),
    writtenBytes: existsSync(written) ? statSync(written).size : 0,
  };
};

const withFfmpeg = (attack: string, content: string): Promise<Attacked> =>
  inFolder(content, async (folder) => {
    const { exitCode, endedBy } = await tools.run(command, { folder, limits });
    return { attack, tool: 'ffmpeg', exitCode, endedBy, ...seen(folder) };
  });

/** Past the look at the first bytes, which would refuse most of them before ffprobe is asked. */
const withFfprobe = (attack: string, content: string): Promise<Attacked> =>
  inFolder(content, (folder) => {
    const words = [...probeFlags(), '-show_format', '-show_streams', '-count_packets', 'file:in0'];
    const { status, signal } = spawnSync(traced('ffprobe'), words, { cwd: folder, timeout: 10_000, stdio: 'ignore' });
    return { attack, tool: 'ffprobe', exitCode: status, endedBy: signal ?? 'exit', ...seen(folder) };
  });

const succeedsUndefended = (content: string): Promise<boolean> =>
  inFolder(content, (folder) => {
    const words = ['-nostdin', '-v', 'error', '-y', '-t', '1', '-i', 'in0', '-t', '1', '-f', 'mp4', 'out.mp4'];
    return spawnSync(FFMPEG_PATH, words, { cwd: folder, timeout: 3_000, stdio: 'ignore' }).status === 0;
  });

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));

const refusal = (content: string): Promise<string> =>
  inFolder(content, (folder) => bare.probe({ folder, file: 'in0' }).then(() => 'taken', nameOf));

/** B1: 225 million pixels in a few kilobytes. */
const bomb = await inFolder(pngBomb(15_000), async (folder) => {
  const { exitCode, cpuSeconds } = await bare.run(command, { folder, limits });
  return { exitCode, cpuSeconds };
});

/** B3: a second of it is a second of memory. It is refused before anything is decoded. */
const soundAtOneHertz = await inFolder(wavAt(1), async (folder) => {
  const probe = parseProbe(await bare.probe({ folder, file: 'in0' }));
  try {
    admit(probe, { maxBytes: 1e9, maxSeconds: 1e9, maxPixels: 1e9 });
    return 'taken';
  } catch (error) {
    return nameOf(error);
  }
});

const attacked: Attacked[] = [];
const alive: string[] = [];
const refused: Record<string, string> = {};
for (const [name, make] of Object.entries(references)) {
  const content = make(lab);
  attacked.push(await withFfmpeg(name, content), await withFfprobe(name, content));
  refused[name] = await refusal(content);
  if (/^(?:P1 HLS|P8 DASH|P10 concat)/.test(name) && (await succeedsUndefended(content))) alive.push(name);
}
const { version } = await bare.engine();
const report: AttackReport = {
  version,
  attacked,
  alive,
  refused: { ...refused, 'B3 sound at 1 Hz': soundAtOneHertz },
  bomb,
};
console.log(JSON.stringify(report));
