/**
 * What making a film in pieces costs beside one FFmpeg, and what the usual ways to do it make of the same films:
 * `node bench/fan-out.ts [<runs>]`. Everything of ours goes through the real runner, its checks included.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { commandsOf } from '#core/job/plan.ts';
import { makeNumbered, type NumberedSource, numbering, numbersIn, small } from '#test/support/numbered-sources.ts';
import { timesOf } from '#test/support/track-times.ts';
import { benchClip } from './clip.ts';
import { type Cost, costOf, median, rounded, runFfmpeg } from './measure.ts';
import { chunksIn, makeFilm, type MadeFilm, openFilm, planFilm } from './pieces.ts';
import { serveFile } from './range-server.ts';
import { recipes } from './recipes.ts';
import { startReport } from './report.ts';

const runs = Number(process.argv[2] ?? 2);
const film = { seconds: 60, pieceSeconds: 10, square: 32 };
const sample = { seconds: 24, pieceSeconds: 4 };
const [rate, buffer] = [1_000_000, 2_000_000];

const quiet = ['-nostdin', '-v', 'error', '-y'];

/** The clip of the benchmarks with the number of each picture in it. */
const numberedClip = async (): Promise<string> => {
  const clip = await benchClip(film.seconds);
  const file = join(dirname(clip), `numbered-${film.seconds}s.mp4`);
  if (existsSync(file)) return file;
  const encode = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-g', '60', '-bf', '3', '-c:a', 'copy'];
  await runFfmpeg([...quiet, '-i', clip, '-vf', numbering(film.square), ...encode, 'draft.mp4'], dirname(clip));
  await rename(join(dirname(clip), 'draft.mp4'), file);
  return file;
};

const inFolder = async <T>(work: (folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
};

const output = (encode: Record<string, unknown>) => ({ type: 'video', encode: { preset: 'mp4', ...encode } });

/** In pieces, through the runner; fetching counts as well. */
const inPieces = async <T>(
  file: string,
  encode: Record<string, unknown>,
  pieceSeconds: number,
  look: (made: MadeFilm, cost: Cost, read: number) => Promise<T>,
): Promise<T> => {
  const opened = await openFilm(file);
  try {
    const plan = planFilm(opened, output(encode), pieceSeconds);
    if (chunksIn(plan) < 2) throw new Error(`${file} is not cut: ${plan.warnings.join()}`);
    const made = await makeFilm(opened, plan);
    const { fetching } = opened;
    const cost = {
      cpuSeconds: made.cost.cpuSeconds + fetching.cpuSeconds,
      wallSeconds: made.cost.wallSeconds + fetching.wallSeconds,
    };
    const read = Object.entries(made.tasks).reduce(
      (sum, [id, { measured }]) => sum + (id.startsWith('join') ? 0 : (measured?.bytesRead ?? 0)),
      0,
    );
    return await look(made, cost, read);
  } finally {
    await opened.close();
  }
};

/** By one FFmpeg, with the arguments of the plan for one piece. */
const inOne = async <T>(
  file: string,
  encode: Record<string, unknown>,
  look: (path: string, cost: Cost) => Promise<T>,
): Promise<T> => {
  const opened = await openFilm(file);
  const commands = planFilm(opened, output(encode), undefined).tasks.flatMap(commandsOf);
  await opened.close();
  return inFolder(async (folder) => {
    await link(file, join(folder, 'in0')).catch(() =>
      runFfmpeg([...quiet, '-i', file, '-c', 'copy', '-f', 'mp4', 'in0'], folder),
    );
    const cost = await costOf('self', async () => {
      for (const command of commands) await runFfmpeg(command.arguments, folder);
    });
    return look(join(folder, 'out.mp4'), cost);
  });
};

/** Decibels of the luminance, over all pictures. */
const psnr = async (file: string, source: string): Promise<number> => {
  const graph = '[0:v]settb=1/1000,setpts=N[a];[1:v]settb=1/1000,setpts=N[b];[a][b]psnr';
  const words = ['-nostdin', '-hide_banner', '-i', file, '-i', source, '-lavfi', graph, '-f', 'null', '-'];
  const { stderr } = await promisify(execFile)('ffmpeg', words, { maxBuffer: 2 ** 24 });
  return Number(/PSNR y:([\d.]+)/.exec(stderr)?.[1]);
};

/** Pictures that a decoder's buffer did not hold in time: filled at `rate`, and nine tenths full at the start. */
const underflows = async (file: string): Promise<number> => {
  const show = ['-select_streams', 'v:0', '-show_entries', 'packet=dts_time,size', '-of', 'csv=p=0', file];
  const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', ...show], { maxBuffer: 2 ** 26 });
  let [fill, last, missed] = [buffer * 0.9, NaN, 0];
  for (const line of stdout.trim().split('\n')) {
    const [at = NaN, bytes = 0] = line.split(',').map(Number);
    if (!Number.isNaN(last)) fill = Math.min(buffer, fill + (at - last) * rate);
    last = at;
    fill -= bytes * 8;
    if (fill < 0) missed += 1;
    fill = Math.max(fill, 0);
  }
  return missed;
};

interface Wrong {
  readonly lost: number;
  readonly doubled: number;
  /** The largest difference of the times of a picture, less that of the first one. */
  readonly shiftMs: number;
}

const heardAt = (file: string): number => timesOf(file, 'a')?.start ?? 0;

/** Against one encode of the same film: pictures by their numbers, and their times against those of the sound. */
const wrongIn = async (file: string, one: string, square: number): Promise<Wrong> => {
  const [expected, seen] = [await numbersIn(one, square), await numbersIn(file, square)];
  const [due, shown] = [timesOf(one, 'v')?.times ?? [], timesOf(file, 'v')?.times ?? []];
  const offset = heardAt(file) - heardAt(one);
  const at = new Map<number, number>();
  let [doubled, shift] = [0, 0];
  for (const [n, number] of seen.entries()) {
    if (at.has(number)) doubled += 1;
    else at.set(number, (shown[n] ?? 0) - offset);
  }
  const wanted = new Map<number, number>();
  for (const [n, number] of expected.entries()) if (!wanted.has(number)) wanted.set(number, due[n] ?? 0);
  let lost = 0;
  for (const [number, time] of wanted) {
    const found = at.get(number);
    if (found === undefined) lost += 1;
    else shift = Math.max(shift, Math.abs(found - time));
  }
  const filled = expected.length - wanted.size;
  return { lost, doubled: Math.max(0, doubled - filled), shiftMs: rounded(shift * 1000, 2) };
};

const report = startReport('fan-out');
const source = await numberedClip();
const { size: sourceBytes } = await stat(source);

const veryfast = { speed: 'veryfast' };
const pairs: { one: Cost & { bytes: number }; pieces: Cost & { bytes: number; read: number; moved: number } }[] = [];
const quality = { one: NaN, pieces: NaN };
let tasks: MadeFilm['tasks'] = {};
for (let n = 0; n < runs; n += 1) {
  const one = await inOne(source, veryfast, async (path, cost) => {
    if (n === 0) quality.one = await psnr(path, source);
    return { ...cost, bytes: (await stat(path)).size };
  });
  const pieces = await inPieces(source, veryfast, film.pieceSeconds, async (made, cost, read) => {
    if (n === 0) quality.pieces = await psnr(made.path, source);
    tasks = made.tasks;
    const moved = Object.values(made.tasks).reduce((sum, { measured }) => sum + (measured?.moved ?? 0), 0);
    return { ...cost, bytes: made.file.bytes, read, moved };
  });
  pairs.push({ one, pieces });
}
const overhead = median(pairs.map(({ one, pieces }) => pieces.cpuSeconds / one.cpuSeconds));
const bytes = median(pairs.map(({ one, pieces }) => pieces.bytes / one.bytes));
const read = median(pairs.map(({ pieces }) => pieces.read / sourceBytes));

const capped = { speed: 'ultrafast', maxBitrate: `${rate / 1000}k` };
const dry = {
  one: await inOne(source, capped, (path) => underflows(path)),
  pieces: await inPieces(source, capped, film.pieceSeconds, ({ path }) => underflows(path)),
};

/** The picture as the plan's own arguments encode it. */
const encodeAt = (speed: string): string[] => [
  '-c:v',
  'libx264',
  '-preset',
  speed,
  '-crf',
  '23',
  '-pix_fmt',
  'yuv420p',
];
const onePerRun = median(pairs.map(({ one }) => one.cpuSeconds));
const usual: { recipe: string; cpu: number; read: number; requests: number }[] = [];
for (const [recipe, run] of Object.entries(recipes)) {
  await inFolder(async (folder) => {
    const server = await serveFile(source);
    const work = { source: server.url, folder, ...film, encode: encodeAt('veryfast'), hasSound: true };
    const cost = await costOf('self', () => run(work));
    const sent = server.sent();
    server.close();
    usual.push({ recipe, cpu: cost.cpuSeconds / onePerRun, read: sent.bytes / sourceBytes, requests: sent.requests });
  });
}

const films = [
  'closed-gop',
  '29.97',
  'open-gop',
  'hevc-open',
  'variable-rate',
  'edit-list',
] as const satisfies NumberedSource[];
const wrong: { source: string; way: string; found: Wrong | string }[] = [];
await inFolder(async (folder) => {
  const files = await makeNumbered(folder, films, { ...small, seconds: sample.seconds });
  for (const name of films) {
    const file = files[name] ?? '';
    await inOne(file, { speed: 'ultrafast' }, async (one) => {
      const found = await inPieces(file, { speed: 'ultrafast' }, 3, ({ path }) => wrongIn(path, one, small.square));
      wrong.push({ source: name, way: 'Kinoduct', found });
      for (const [recipe, run] of Object.entries(recipes)) {
        await inFolder(async (own) => {
          const work = { source: file, folder: own, ...sample, encode: encodeAt('ultrafast'), hasSound: true };
          const result = await run(work)
            .then((path) => wrongIn(path, one, small.square))
            .catch(() => 'it fails');
          wrong.push({ source: name, way: recipe, found: result });
        });
      }
    });
  }
});

const told = ({ found }: (typeof wrong)[number]): string =>
  typeof found === 'string' ? found : `${found.lost} lost, ${found.doubled} doubled, ${found.shiftMs} ms off`;
const ours = wrong.filter(({ way }) => way === 'Kinoduct');
const isRight = (found: Wrong | string): boolean =>
  typeof found !== 'string' && found.lost === 0 && found.doubled === 0 && found.shiftMs < 1;

await report({
  title: 'What a film in pieces costs, and what it is',
  how: `A film of ${film.seconds} s (1280x720, H.264 and AAC, the number of each picture burnt in) to H.264 at x264 veryfast in pieces of ${film.pieceSeconds} s, ${runs} times through the runner (fetched, sliced, encoded, checked, joined, checked again; all CPU of Node and of every FFmpeg) and, in turn, by one FFmpeg with the plan's arguments for one piece; medians of the ratios. The usual recipes work on the same film with the same encoder, read over HTTP; and on ${films.length} films of ${sample.seconds} s in pieces of ${sample.pieceSeconds} s, whose pictures are compared with those of one encode by their numbers.`,
  rows: [
    { what: 'CPU, by one FFmpeg', measured: `× ${rounded(overhead)}`, target: '≤ 1.05', met: overhead <= 1.05 },
    {
      what: 'bytes of the result',
      measured: `× ${rounded(bytes, 4)}`,
      target: 'within 1 %',
      met: Math.abs(bytes - 1) <= 0.01,
    },
    {
      what: 'PSNR of the result, less that of one encode',
      measured: `${rounded(quality.pieces - quality.one)} dB (of ${rounded(quality.one, 2)})`,
      target: 'within 0.05 dB',
      met: Math.abs(quality.pieces - quality.one) <= 0.05,
    },
    { what: 'bytes read of the source', measured: `× ${rounded(read)}`, target: '≤ 1.05', met: read <= 1.05 },
    {
      what: `underflows of the decoder's buffer at ${rate / 1000} kbit/s (one encode: ${dry.one})`,
      measured: String(dry.pieces),
      target: '0',
      met: dry.pieces === 0,
    },
    ...usual.map(({ recipe, cpu, read: much, requests }) => ({
      what: `${recipe}: CPU, by one FFmpeg`,
      measured: `× ${rounded(cpu)}, × ${rounded(much)} of the source read in ${requests} requests`,
      target: '-',
      met: true,
    })),
    ...wrong.map((each) => ({
      what: `${each.source}, ${each.way}`,
      measured: told(each),
      target: each.way === 'Kinoduct' ? 'none' : '-',
      met: each.way !== 'Kinoduct' || isRight(each.found),
    })),
  ],
  raw: { pairs, quality, dry, usual, wrong, tasks, ours: ours.length },
});
