/**
 * What making a film in pieces costs beside one FFmpeg, and what the usual ways to do it make of the same films:
 * `npm run bench -- fan-out [<rounds>]`. Everything of ours goes through the real runner, its checks included.
 */
import { existsSync } from 'node:fs';
import { copyFile, link, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { commandsOf } from '#core/job/plan.ts';
import { makeNumbered, type NumberedSource, numbering, small } from '#test/support/numbered-sources.ts';
import { type Bar, writeBars } from './bars.ts';
import { benchClip } from './clip.ts';
import { type Cost, costOf, ffmpegPath, median, rounded, runFfmpeg } from './measure.ts';
import { type Buffered, bufferOf, isRight, psnr, type Shown, shownIn, type Wrong, wrongIn } from './pictures.ts';
import { chunksIn, makeFilm, type MadeFilm, openFilm, planFilm } from './pieces.ts';
import { serveFile } from './range-server.ts';
import { recipes, recipesFfmpeg, uncut, type Work } from './recipes.ts';
import { startReport } from './report.ts';
import { colors } from './svg.ts';

const rounds = Number(process.argv[2] ?? 7);
const film = { seconds: 60, pieceSeconds: 10, square: 32 };
const sample = { seconds: 24, pieceSeconds: 3 };
/** A decoder's buffer of two seconds. */
const capAt = (rate: number) => ({ rate, bits: 2 * rate });
const [cap, lowCap] = [capAt(2_000_000), capAt(1_000_000)];
const maxBitrate = ({ rate }: { readonly rate: number }): string => `${rate / 1000}k`;
/** What is measured, and what the buffer is tried with: as others would, and as hard as can be on who does not look ahead. */
const veryfast = { speed: 'veryfast' };
const capped = { ...veryfast, maxBitrate: maxBitrate(cap) };
const starved = { speed: 'ultrafast', maxBitrate: maxBitrate(lowCap) };
const starvedSeconds = 2;

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

type Encode = Readonly<Record<string, unknown>>;
const output = (encode: Encode) => ({ type: 'video', encode: { preset: 'mp4', ...encode } });

/** What making it cost, fetching included, and the bytes of the source that were read for it. */
type Spent = Cost & { readonly read: number };

/** In pieces, through the runner. */
const inPieces = async <T>(
  file: string,
  encode: Encode,
  pieceSeconds: number,
  look: (made: MadeFilm, spent: Spent) => Promise<T>,
): Promise<T> => {
  const opened = await openFilm(file);
  try {
    const plan = planFilm(opened, output(encode), pieceSeconds);
    if (chunksIn(plan) < 2) throw new Error(`${file} is not cut: ${plan.warnings.join()}`);
    const { fetching, sourceRead } = opened;
    const made = await makeFilm(opened, plan);
    return await look(made, {
      cpuSeconds: made.cost.cpuSeconds + fetching.cpuSeconds,
      wallSeconds: made.cost.wallSeconds + fetching.wallSeconds,
      read: sourceRead(),
    });
  } finally {
    await opened.close();
  }
};

/** By one FFmpeg, with the arguments of the plan for one piece. */
const inOne = async <T>(
  file: string,
  encode: Encode,
  look: (path: string, cost: Cost) => Promise<T>,
  program = ffmpegPath,
): Promise<T> => {
  const opened = await openFilm(file);
  const commands = planFilm(opened, output(encode), undefined).tasks.flatMap(commandsOf);
  await opened.close();
  return inFolder(async (folder) => {
    await link(file, join(folder, 'in0')).catch(() => copyFile(file, join(folder, 'in0')));
    const cost = await costOf('self', async () => {
      for (const command of commands) await runFfmpeg(command.arguments, folder, program);
    });
    return look(join(folder, 'out.mp4'), cost);
  });
};

/** The picture as the plan's own arguments encode it. */
const encodeAt = (speed: string): string[] => [
  ...['-c:v', 'libx264', '-preset', speed, '-crf', '23', '-pix_fmt', 'yuv420p'],
];

const report = startReport('fan-out');
const source = await numberedClip();
const { size: sourceBytes } = await stat(source);

interface Round {
  readonly one: Cost & { readonly bytes: number };
  readonly pieces: Spent & { readonly bytes: number; readonly moved: number };
}
const measured: Round[] = [];
const quality = { one: NaN, pieces: NaN };
let tasks: MadeFilm['tasks'] = {};
let uncutFilm: Shown = { numbers: [], times: [], heardAt: 0 };
let ownWrong: Wrong | undefined;
const measureOne = (n: number) =>
  inOne(source, veryfast, async (path, cost) => {
    if (n === 0) [quality.one, uncutFilm] = [await psnr(path, source), await shownIn(path, film.square)];
    return { ...cost, bytes: (await stat(path)).size };
  });
const measurePieces = (n: number) =>
  inPieces(source, veryfast, film.pieceSeconds, async (made, spent) => {
    if (n === 0) {
      quality.pieces = await psnr(made.path, source);
      ownWrong = wrongIn(await shownIn(made.path, film.square), uncutFilm);
      tasks = made.tasks;
    }
    const moved = Object.values(made.tasks).reduce((sum, { measured: of }) => sum + (of?.moved ?? 0), 0);
    return { ...spent, bytes: made.file.bytes, moved };
  });
// Warms caches and compilers.
await inOne(source, veryfast, () => Promise.resolve());
await inPieces(source, veryfast, film.pieceSeconds, () => Promise.resolve());
for (let n = 0; n < rounds; n += 1) {
  // Either is the first in turn: what the machine does beside falls on both alike.
  const first = n % 2 === 0 ? await measureOne(n) : undefined;
  const pieces = await measurePieces(n);
  measured.push({ one: first ?? (await measureOne(n)), pieces });
}
const overhead = median(measured.map(({ one, pieces }) => pieces.cpuSeconds / one.cpuSeconds));
const bytes = median(measured.map(({ one, pieces }) => pieces.bytes / one.bytes));
const read = median(measured.map(({ pieces }) => pieces.read / sourceBytes));
const oneCpu = median(measured.map(({ one }) => one.cpuSeconds));

interface Usual {
  readonly recipe: string;
  readonly cpu: number;
  readonly read: number;
  readonly requests: number;
  readonly bytes: number;
  readonly wrong: Wrong;
}
const usual: Usual[] = [];
const usualOneCpu =
  recipesFfmpeg === ffmpegPath
    ? oneCpu
    : await inOne(source, veryfast, async (_, cost) => cost.cpuSeconds, recipesFfmpeg);
for (const [recipe, run] of Object.entries(recipes)) {
  await inFolder(async (folder) => {
    const server = await serveFile(source);
    const work = { source: server.url, folder, ...film, encode: encodeAt('veryfast'), hasSound: true };
    let made = '';
    const cost = await costOf('self', async () => (made = await run(work)));
    const sent = server.sent();
    server.close();
    usual.push({
      recipe,
      cpu: cost.cpuSeconds / usualOneCpu,
      read: sent.bytes / sourceBytes,
      requests: sent.requests,
      bytes: (await stat(made)).size,
      wrong: wrongIn(await shownIn(made, film.square), uncutFilm),
    });
  });
}

/** The buffer at a capped rate: of one encode, of pieces as planned, and of pieces that each count on a full buffer. */
const buffers: Readonly<Record<'one' | 'pieces' | 'usual' | 'starvedOne' | 'starved', Buffered>> = {
  one: await inOne(source, capped, (path) => bufferOf(path, cap)),
  pieces: await inPieces(source, capped, film.pieceSeconds, ({ path }) => bufferOf(path, cap)),
  usual: await inFolder(async (folder) => {
    const limits = ['-maxrate', String(cap.rate), '-bufsize', String(cap.bits)];
    const work = { source, folder, ...film, encode: [...encodeAt('veryfast'), ...limits], hasSound: false };
    const [run] = Object.values(recipes);
    return bufferOf((await run?.(work)) ?? '', cap);
  }),
  starvedOne: await inOne(source, starved, (path) => bufferOf(path, lowCap)),
  starved: await inPieces(source, starved, starvedSeconds, ({ path }) => bufferOf(path, lowCap)),
};

const films = [
  'closed-gop',
  '29.97',
  'open-gop',
  'hevc-open',
  'variable-rate',
  'edit-list',
] as const satisfies NumberedSource[];
const ways = ['Kinoduct', ...Object.keys(recipes)];
const wrong: { source: string; way: string; found: Wrong | string }[] = [];
await inFolder(async (folder) => {
  const files = await makeNumbered(folder, films, { ...small, seconds: sample.seconds });
  const fast = { speed: 'ultrafast' };
  for (const name of films) {
    const file = files[name] ?? '';
    const one = await inOne(file, fast, (path) => shownIn(path, small.square));
    const cut = await inPieces(file, fast, sample.pieceSeconds, ({ path }) => shownIn(path, small.square));
    wrong.push({ source: name, way: 'Kinoduct', found: wrongIn(cut, one) });
    // The recipes keep a rate that varies: each is compared with its own encoder's work on the whole film.
    const made = (way: (work: Work) => Promise<string>): Promise<Shown> =>
      inFolder(async (own) => {
        const work = { source: file, folder: own, ...sample, encode: encodeAt('ultrafast'), hasSound: true };
        return shownIn(await way(work), small.square);
      });
    const whole = await made(uncut);
    for (const [recipe, run] of Object.entries(recipes)) {
      const found = await made(run).then(
        (shown) => wrongIn(shown, whole),
        () => 'it fails',
      );
      wrong.push({ source: name, way: recipe, found });
    }
  }
});

const told = (found: Wrong | string): string => {
  if (typeof found === 'string') return found;
  if (isRight(found)) return 'exact';
  const parts = [
    found.lost > 0 ? `${found.lost} lost` : '',
    found.doubled > 0 ? `${found.doubled} doubled` : '',
    found.shiftMs >= 1 ? `${found.shiftMs.toFixed(0)} ms off` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
};
const ours = wrong.filter(({ way }) => way === 'Kinoduct');
const exact = ours.every(({ found }) => typeof found !== 'string' && isRight(found)) && !!ownWrong && isRight(ownWrong);
/** Of all films, that which was measured included. */
const foundBy = (way: string): Wrong[] => {
  const own = way === 'Kinoduct' ? ownWrong : usual.find(({ recipe }) => recipe === way)?.wrong;
  const others = wrong.flatMap((each) => (each.way === way && typeof each.found !== 'string' ? [each.found] : []));
  return own ? [own, ...others] : others;
};
const wrongPictures = (way: string): number => foundBy(way).reduce((sum, { lost, doubled }) => sum + lost + doubled, 0);
const mostShift = (way: string): number => Math.max(...foundBy(way).map(({ shiftMs }) => shiftMs));

const named = (way: string): string => way.replaceAll('`', '');
const barOf = (way: string): Bar => {
  const of = usual.find(({ recipe }) => recipe === way);
  return {
    label: named(way),
    color: of ? colors.other : colors.ours,
    values: [of?.cpu ?? overhead, of?.read ?? read, wrongPictures(way), mostShift(way)],
  };
};
await writeBars('fan-out', {
  title: 'A film in pieces of 10 s, against one FFmpeg',
  subtitle: `${film.seconds} s of 720p at x264 veryfast; wrong pictures and times also of ${films.length} other films, by the numbers burnt into them`,
  panels: [
    { title: 'CPU', told: (value) => `× ${value.toFixed(2)}`, target: { at: 1.05, label: '≤ 1.05' } },
    { title: 'source read', told: (value) => `× ${value.toFixed(2)}`, target: { at: 1.05, label: '≤ 1.05' } },
    { title: 'lost or doubled', told: (value) => String(value) },
    { title: 'off at most', told: (value) => `${value < 1 ? '0' : value.toFixed(0)} ms` },
  ],
  groups: [{ bars: ways.map(barOf) }],
  names: 262,
});

await report({
  title: 'What a film in pieces costs, and what it is',
  how: `A film of ${film.seconds} s (1280x720, H.264 and AAC, the number of each picture burnt in) to H.264 at x264 veryfast in pieces of ${film.pieceSeconds} s by workers of two processors, ${rounds} times, after once for warmth, through the runner (fetched, sliced, encoded, checked, joined, checked again; all CPU of Node and of every FFmpeg) and, either first in turn, by one FFmpeg with the plan's arguments for one piece, as many threads as FFmpeg likes, and nothing around it: no fetching, no check, no Node; medians of the ratios. The usual recipes work on the same film with the same encoder, once, and read it over HTTP, with the FFmpeg of the PATH. ${films.length} more films of ${sample.seconds} s, in pieces of ${sample.pieceSeconds} s, are compared picture by picture with one encode of theirs by the same encoder.`,
  plot: 'CPU, bytes read, and wrong pictures of Kinoduct and of three usual recipes',
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
    {
      what: 'bytes read of the source, its header and its sound included',
      measured: `× ${rounded(read)}`,
      target: '≤ 1.05',
      met: read <= 1.05,
    },
    {
      what: `underflows of a decoder's buffer of 2 s at ${cap.rate / 1000} kbit/s`,
      measured: `${buffers.pieces.missed} (one encode: ${buffers.one.missed}; pieces that each count on a full buffer: ${buffers.usual.missed})`,
      target: '0',
      met: buffers.pieces.missed === 0,
    },
    {
      what: `the same at ${lowCap.rate / 1000} kbit/s, ultrafast, in pieces of ${starvedSeconds} s`,
      measured: `${buffers.starved.missed} (one encode: ${buffers.starvedOne.missed})`,
      target: '0',
      met: buffers.starved.missed === 0,
    },
    {
      what: `pictures lost, doubled, or shown at another time, of this film and ${films.length} others`,
      measured: exact ? '0' : `${wrongPictures('Kinoduct')} wrong, up to ${mostShift('Kinoduct')} ms off`,
      target: '0',
      met: exact,
    },
  ],
  tables: [
    {
      title: 'The usual recipes on the same film',
      head: ['', 'CPU, by one FFmpeg', 'source read', 'requests', 'bytes of the result', 'pictures'],
      rows: [
        [
          'Kinoduct',
          `× ${rounded(overhead, 2)}`,
          `× ${rounded(read, 2)}`,
          '',
          `× ${rounded(bytes, 3)}`,
          ownWrong ? told(ownWrong) : '',
        ],
        ...usual.map(({ recipe, cpu, read: much, requests, bytes: made, wrong: found }) => [
          recipe,
          `× ${rounded(cpu, 2)}`,
          `× ${rounded(much, 2)}`,
          String(requests),
          `× ${rounded(made / (measured[0]?.one.bytes ?? NaN), 3)}`,
          told(found),
        ]),
      ],
    },
    {
      title: 'Other films, against one encode of theirs',
      head: ['', ...films],
      rows: ways.map((way) => [
        way,
        ...films.map((name) => told(wrong.find((each) => each.way === way && each.source === name)?.found ?? '')),
      ]),
    },
  ],
  raw: { rounds: measured, quality, buffers, usual, ownWrong, wrong, tasks },
});
