/**
 * Every kind of source in pieces and in one, and what the runner attests of both: `node bench/attested.ts [<seconds>]`.
 * The pictures of the generated sources carry their numbers, so that one that is missing, doubled or elsewhere is seen.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { corpus, corpusFile } from '#test/support/corpus.ts';
import { makeNumbered, numberedSources, numbersIn, small } from '#test/support/numbered-sources.ts';
import { timesOf } from '#test/support/track-times.ts';
import type { Plan } from '#core/job/plan.ts';
import { chunksIn, makeFilm, type MadeFilm, type OpenFilm, openFilm, planFilm } from './pieces.ts';
import { startTable } from './table.ts';

const seconds = Number(process.argv[2] ?? 60);
const pieceSeconds = { generated: 6, corpus: 0.3 } as const;
/** One machine cuts nothing that is shorter than six of the least pieces, and the picture may be shorter than the file. */
const leastPieces = 7;

/** What lies on its side is turned back, so that its numbers can be read. */
const output = (isTurned: boolean) => ({
  type: 'video',
  encode: { preset: 'mp4', speed: 'ultrafast' },
  ...(isTurned && { edit: [{ rotate: 90 }] }),
});

const furthest = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.length === b.length
    ? a.reduce((most, time, n) => Math.max(most, Math.abs(time - (b[n] ?? Infinity))), 0)
    : Infinity;

const [across, down] = [32, 18];

/** How much the most different small square of any picture differs, in shades of grey. */
const mostDifferent = (a: string, b: string): number => {
  const seen = (file: string): Buffer => {
    const words = ['-v', 'error', '-nostdin', '-i', file, '-vf', `scale=${across}:${down}:flags=area,format=gray`];
    const rest = ['-map', '0:v:0', '-fps_mode', 'passthrough', '-f', 'rawvideo', '-'];
    return execFileSync('ffmpeg', [...words, ...rest], { maxBuffer: 2 ** 30 });
  };
  const [first, second] = [seen(a), seen(b)];
  return first.length === second.length
    ? first.reduce((most, grey, n) => Math.max(most, Math.abs(grey - (second[n] ?? 0))), 0)
    : Infinity;
};

interface Compared {
  readonly source: string;
  readonly pieces: number;
  readonly frames: { readonly one: number | null; readonly joined: number | null };
  /** Wrong pictures, by their numbers; of sources without numbers null. */
  readonly wrongNumbers: number | null;
  readonly mostDifferentGrey: number;
  readonly picturesOffSeconds: number;
  readonly soundOffSeconds: number | null;
  readonly soundPackets: readonly [number, number] | null;
  readonly lengthOffSeconds: number;
  readonly join: NonNullable<MadeFilm['attestation']['checks']['join']> | null;
}

const compare = async (source: string, one: MadeFilm, cut: MadeFilm, isNumbered: boolean): Promise<Compared> => {
  const [pictures, joined] = [timesOf(one.path, 'v'), timesOf(cut.path, 'v')];
  const [sound, heard] = [timesOf(one.path, 'a'), timesOf(cut.path, 'a')];
  const [a, b] = isNumbered
    ? [await numbersIn(one.path, small.square), await numbersIn(cut.path, small.square)]
    : [[], []];
  const wrong = a.filter((number, n) => number !== b[n]).length + Math.abs(a.length - b.length);
  return {
    source,
    pieces: chunksIn(cut.plan),
    frames: { one: pictures?.times.length ?? null, joined: cut.attestation.checks.frames },
    wrongNumbers: isNumbered ? wrong : null,
    mostDifferentGrey: mostDifferent(one.path, cut.path),
    picturesOffSeconds: furthest(pictures?.times, joined?.times),
    soundOffSeconds: sound && heard ? Math.abs(sound.start - heard.start) : null,
    soundPackets: sound && heard ? [sound.times.length, heard.times.length] : null,
    lengthOffSeconds: Math.abs((pictures?.seconds ?? 0) - (joined?.seconds ?? 0)),
    join: cut.attestation.checks.join ?? null,
  };
};

interface Whole {
  readonly source: string;
  readonly why: string;
  /** When it was known: when it was planned, by its pieces, or never, because it could not be made at all. */
  readonly known: 'planned' | 'pieces' | 'never';
}

/** In pieces; where that fails, how. */
const inPieces = async (film: OpenFilm, plan: Plan): Promise<MadeFilm | string> => {
  try {
    return await makeFilm(film, plan);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** In pieces and in one; or why in one. */
const attest = async (source: string, file: string, kind: 'generated' | 'corpus'): Promise<Compared | Whole> => {
  const film = await openFilm(file);
  try {
    if (film.probe.video.length === 0) return { source, why: 'it has no picture', known: 'planned' };
    const wanted = output(source === 'rotated');
    const seconds = film.probe.durationSeconds ?? 0;
    const plan = planFilm(film, wanted, Math.min(pieceSeconds[kind], seconds / leastPieces));
    if (chunksIn(plan) === 0) {
      const why = plan.warnings.find((warning) => warning.includes('one piece'))?.replace(/^out: /, '');
      if (why === undefined) throw new Error(`${source}: ${seconds} s are not cut, and nothing says why`);
      return { source, why, known: 'planned' };
    }
    const cut = await inPieces(film, plan);
    const whole = await openFilm(file);
    try {
      const one = await makeFilm(whole, planFilm(whole, wanted, undefined));
      if (typeof cut === 'string') return { source, why: cut, known: 'pieces' };
      return await compare(source, one, cut, kind === 'generated');
    } finally {
      await whole.close();
    }
  } finally {
    await film.close();
  }
};

/** FFmpeg's own muxer rounds starts to a millisecond; an MP4 player knows no less than that. */
const tolerance = 0.001;
/** Of 255, in any square of any picture: more than the encoder makes of the same picture, less than of another one. */
const mostGrey = 16;

const isExact = (found: Compared): boolean =>
  found.frames.one === found.frames.joined &&
  (found.wrongNumbers ?? 0) === 0 &&
  found.mostDifferentGrey <= mostGrey &&
  found.picturesOffSeconds < tolerance &&
  (found.soundOffSeconds ?? 0) < tolerance &&
  found.soundPackets?.[0] === found.soundPackets?.[1] &&
  found.join?.timesEqual === true;

const table = startTable('attested');
const folder = await mkdtemp(join(tmpdir(), 'kinoduct-attested-'));
const found: (Compared | Whole)[] = [];
const note = async (source: string, file: string, kind: 'generated' | 'corpus'): Promise<void> => {
  const never = (error: Error): Whole => ({ source, why: error.message, known: 'never' });
  found.push(await attest(source, file, kind).catch(never));
};
try {
  const files = await makeNumbered(folder, numberedSources, { ...small, seconds });
  for (const name of numberedSources) await note(name, files[name] ?? '', 'generated');
  for (const entry of corpus.filter(({ kind, expect }) => kind === 'valid' && expect.startsWith('complete')))
    await note(`\`${entry.file.replace('__', '/')}\``, corpusFile(entry), 'corpus');
} finally {
  await rm(folder, { recursive: true });
}

const ms = (value: number | null): string => (value === null ? '-' : (value * 1000).toFixed(2));
const cut = found.filter((each) => 'pieces' in each);
const whole = found.filter((each) => 'why' in each);
const exact = cut.filter(isExact).length;

/** What was not cut, under a heading; nothing where there is none. */
const listed = (heading: string, known: Whole['known']): string[] => {
  const of = whole.filter((each) => each.known === known);
  return of.length === 0 ? [] : [heading, '', ...of.map(({ source, why }) => `- ${source}: ${why}`), ''];
};
await table({
  title: 'Films in pieces, next to the same films in one',
  how: [
    `${exact} of ${cut.length} sources that were cut came out exactly as from one encode. ${whole.length} others are encoded in one piece, for the reasons below the table.`,
    '',
    `Each source went through the runner twice: cut into pieces (of about ${Math.min(pieceSeconds.generated, seconds / leastPieces).toFixed(1)} s of the ${seconds} s of each generated source, ${pieceSeconds.corpus} s of files of the corpus, and a seventh of what is shorter), encoded, joined and checked; and in one encode. Exact are those whose pictures are as many, shown at the same times, with the same numbers in them where they carry numbers (the generated ones), and no further apart than ${mostGrey} shades of grey, and whose sound has as many packets and starts at the same time.`,
    '',
    "`attested` is what the join task itself attests: every sample where it should be and shown when it should be, and how many joins it decoded. `apart` are the largest differences to the one encode: of the times of pictures and of the start of the sound in milliseconds (FFmpeg's muxer rounds starts to a millisecond, the join does not), and of the grey of any small square of any picture, of 255 (both are lossy: each piece has its own key pictures).",
  ].join('\n'),
  head: [
    'source',
    'pieces',
    'pictures',
    'wrong pictures',
    'apart: pictures',
    'sound',
    'grey',
    'packets of sound',
    'attested',
    'exact',
  ],
  rows: cut.map((each) => [
    each.source,
    String(each.pieces),
    `${each.frames.joined} of ${each.frames.one}`,
    each.wrongNumbers === null ? '-' : String(each.wrongNumbers),
    ms(each.picturesOffSeconds),
    ms(each.soundOffSeconds),
    String(each.mostDifferentGrey),
    each.soundPackets ? `${each.soundPackets[1]} of ${each.soundPackets[0]}` : '-',
    each.join ? `times ${each.join.timesEqual ? 'equal' : 'differ'}, ${each.join.joinsDecoded} joins decoded` : '-',
    isExact(each) ? 'yes' : 'no',
  ]),
  after: [
    ...listed('Encoded in one piece, which the plan says with the reason:', 'planned'),
    ...listed('Encoded in one piece, which only the pieces showed:', 'pieces'),
    ...listed('Not made at all:', 'never'),
  ].slice(0, -1),
  raw: found,
  ok: exact === cut.length && whole.every(({ known }) => known !== 'never'),
});
