/** The `moov` of a progressive MP4 (ISO/IEC 14496-12, 8.2 to 8.7), out of columns of samples. */
import { box, concat, fullBox, letters, mdatHeader, u32, u64 } from './write-boxes.ts';

/** Samples that lie one after another. */
export interface Chunk {
  readonly at: number;
  readonly samples: number;
  /** Which entry of `stsd`, from 1. */
  readonly description: number;
}

export interface TrackToWrite {
  readonly kind: 'video' | 'audio';
  /** Ticks per second. */
  readonly timescale: number;
  /** As `mdhd` packs it. */
  readonly language: number;
  /** Whole boxes; of `tkhd` what it says of the picture's place and the sound's volume is kept. */
  readonly tkhd: Uint8Array;
  readonly hdlr: Uint8Array;
  readonly stsd: Uint8Array;
  /** In the order of decoding. */
  readonly sizes: ArrayLike<number>;
  /** When each is decoded, from 0, and how much later it is shown, at least 0. */
  readonly decoded: ArrayLike<number>;
  readonly later: ArrayLike<number>;
  /** How long the last one lasts. */
  readonly lastTicks: number;
  readonly sync: ArrayLike<number>;
  readonly chunks: readonly Chunk[];
  /** In ticks of the movie, and from where in the media; -1 where nothing is shown. */
  readonly edits: readonly { readonly ticks: number; readonly from: number }[];
}

export const undetermined = 0x55c4;

const emptyEdit = -1;
const normalRate = 0x1_0000;

/** Runs of equal numbers, as pairs of a count and the number. */
const runsOf = (count: number, at: (n: number) => number): number[] => {
  const runs: number[] = [];
  let [length, value] = [0, 0];
  for (let n = 0; n < count; n += 1) {
    const next = at(n);
    if (length > 0 && next !== value) {
      runs.push(length, value);
      length = 0;
    }
    value = next;
    length += 1;
  }
  if (length > 0) runs.push(length, value);
  return runs;
};

const table = (type: string, columns: number, numbers: ArrayLike<number>): Uint8Array =>
  fullBox(type, 0, 0, u32([numbers.length / columns]), u32(numbers));

const timesTables = ({ decoded, later, lastTicks, sizes: { length } }: TrackToWrite): Uint8Array[] => {
  const delta = (n: number): number => (n + 1 < length ? (decoded[n + 1] ?? 0) - (decoded[n] ?? 0) : lastTicks);
  const composition = runsOf(length, (n) => later[n] ?? 0);
  const inOrder = composition.length === 2 && composition[1] === 0;
  return [table('stts', 2, runsOf(length, delta)), ...(inOrder ? [] : [table('ctts', 2, composition)])];
};

const syncTable = ({ sync }: TrackToWrite): Uint8Array[] => {
  const numbers: number[] = [];
  for (let n = 0; n < sync.length; n += 1) if (sync[n]) numbers.push(n + 1);
  return numbers.length === sync.length ? [] : [table('stss', 1, numbers)];
};

const chunkTables = ({ chunks }: TrackToWrite, shift: number, wide: boolean): Uint8Array[] => {
  const runs = chunks.flatMap(({ samples, description }, n) => {
    const before = chunks[n - 1];
    return before?.samples === samples && before.description === description ? [] : [n + 1, samples, description];
  });
  const offsets = chunks.map(({ at }) => at + shift);
  const places = wide ? fullBox('co64', 0, 0, u32([offsets.length]), u64(offsets)) : table('stco', 1, offsets);
  return [table('stsc', 3, runs), places];
};

/** The identity of `tkhd` and its times are ours, everything from `layer` on is as it was. */
const trackHeader = (tkhd: Uint8Array, id: number, ticks: number): Uint8Array => {
  const kept = tkhd.subarray(tkhd[8] === 1 ? 8 + 4 + 16 + 4 + 4 + 8 : 8 + 4 + 8 + 4 + 4 + 4);
  return fullBox('tkhd', 1, 3, u64([0, 0]), u32([id, 0]), u64([ticks]), kept);
};

const trackBox = (track: TrackToWrite, id: number, shift: number, wide: boolean): Uint8Array => {
  const { kind, sizes, decoded, edits } = track;
  const last = sizes.length === 0 ? 0 : (decoded[sizes.length - 1] ?? 0) + track.lastTicks;
  const edit = edits.map(({ ticks, from }) => concat([u64([ticks, from]), u32([normalRate])]));
  const media = fullBox(
    'mdhd',
    1,
    0,
    u64([0, 0]),
    u32([track.timescale]),
    u64([last]),
    u32([track.language * 2 ** 16]),
  );
  return box(
    'trak',
    trackHeader(track.tkhd, id, sumOf(edits)),
    box('edts', fullBox('elst', 1, 0, u32([edits.length]), ...edit)),
    box(
      'mdia',
      media,
      track.hdlr,
      box(
        'minf',
        kind === 'video' ? fullBox('vmhd', 0, 1, new Uint8Array(8)) : fullBox('smhd', 0, 0, new Uint8Array(4)),
        box('dinf', fullBox('dref', 0, 0, u32([1]), fullBox('url ', 0, 1))),
        box(
          'stbl',
          track.stsd,
          ...timesTables(track),
          ...syncTable(track),
          fullBox('stsz', 0, 0, u32([0, sizes.length]), u32(sizes)),
          ...chunkTables(track, shift, wide),
        ),
      ),
    ),
  );
};

const sumOf = (edits: TrackToWrite['edits']): number => edits.reduce((sum, { ticks }) => sum + ticks, 0);

const unity = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

const moov = (tracks: readonly TrackToWrite[], timescale: number, shift: number, wide: boolean): Uint8Array => {
  const ticks = Math.max(0, ...tracks.map(({ edits }) => sumOf(edits)));
  const rateAndVolume = [normalRate, 0x100_0000, 0, 0];
  const rest = u32([...rateAndVolume, ...unity, 0, 0, 0, 0, 0, 0, tracks.length + 1]);
  const header = fullBox('mvhd', 1, 0, u64([0, 0]), u32([timescale]), u64([ticks]), rest);
  return box('moov', header, ...tracks.map((track, n) => trackBox(track, n + 1, shift, wide)));
};

/** As FFmpeg names what it writes; `avc1` among them only where such a track is. */
const fileType = (tracks: readonly TrackToWrite[]): Uint8Array => {
  const entries = new Set(tracks.map(({ stsd }) => String.fromCodePoint(...stsd.subarray(20, 24))));
  const brands = ['isom', 'iso2', ...['avc1', 'av01'].filter((brand) => entries.has(brand)), 'mp41'];
  return box('ftyp', letters('isom'), u32([0x200]), letters(brands.join('')));
};

/**
 * `ftyp`, `moov` and the start of an `mdat` of so many bytes. Chunks are given as they lie in it, from 0; offsets of 64
 * bits are written where 32 do not do.
 */
export const progressiveHead = (tracks: readonly TrackToWrite[], timescale: number, mdatBytes: number): Uint8Array => {
  const [type, media] = [fileType(tracks), mdatHeader(mdatBytes)];
  const written = (wide: boolean): Uint8Array => {
    // Offsets have the same length whatever they say: the first pass only measures.
    const length = type.length + moov(tracks, timescale, 0, wide).length + media.length;
    return concat([type, moov(tracks, timescale, length, wide), media]);
  };
  const narrow = mdatBytes < 2 ** 32 ? written(false) : undefined;
  return narrow && narrow.length + mdatBytes < 2 ** 32 ? narrow : written(true);
};

export const nothingShown = emptyEdit;
