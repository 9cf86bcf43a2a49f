/** What a movie fragment (`moof`, ISO/IEC 14496-12 section 8.8) says of the samples that follow it. */
import { boxAt, boxesIn, type Box } from './boxes.ts';

export interface Fragment {
  /** Ticks at which its first sample is decoded. */
  readonly decodeTime: number;
  /** How long its samples last together, in ticks. */
  readonly ticks: number;
  readonly samples: number;
  /** Of all samples. */
  readonly bytes: number;
  /** True where decoding can start with the first sample. */
  readonly startsSync: boolean;
}

type Defaults = { readonly duration: number; readonly size: number; readonly flags: number };

const nonSync = 0x1_0000;

/** `tfhd`: the fields that its flags name, in this order. */
const defaultsOf = (view: DataView, { start }: Box): Defaults => {
  const flags = view.getUint32(start);
  let at = start + 8;
  const next = (flag: number, bytes: 4 | 8): number => {
    if (!(flags & flag)) return 0;
    const value = bytes === 4 ? view.getUint32(at) : 0;
    at += bytes;
    return value;
  };
  next(0x1, 8); // where the data starts
  next(0x2, 4); // which sample description
  return { duration: next(0x8, 4), size: next(0x10, 4), flags: next(0x20, 4) };
};

const [hasOffset, hasFirstFlags, hasDuration, hasSize, hasFlags, hasComposition] = [
  0x1, 0x4, 0x100, 0x200, 0x400, 0x800,
];

/** `trun`: durations, sizes and flags of the samples, or the defaults. */
const runOf = (view: DataView, { start, end }: Box, defaults: Defaults): Omit<Fragment, 'decodeTime'> => {
  const flags = view.getUint32(start);
  const samples = view.getUint32(start + 4);
  const words = [hasDuration, hasSize, hasFlags, hasComposition].filter((flag) => flags & flag).length;
  let at = start + 8;
  const next = (flag: number, otherwise: number): number => {
    if (!(flags & flag)) return otherwise;
    at += 4;
    return view.getUint32(at - 4);
  };
  next(hasOffset, 0);
  const firstFlags = next(hasFirstFlags, defaults.flags);
  if (at + samples * words * 4 > end) throw new RangeError('the run claims more samples than it lists');
  if (words === 0) {
    const startsSync = (firstFlags & nonSync) === 0;
    return { ticks: samples * defaults.duration, bytes: samples * defaults.size, samples, startsSync };
  }
  let [ticks, bytes, first] = [0, 0, firstFlags];
  for (let n = 0; n < samples; n += 1) {
    ticks += next(hasDuration, defaults.duration);
    bytes += next(hasSize, defaults.size);
    const own = next(hasFlags, firstFlags);
    if (n === 0) first = own;
    next(hasComposition, 0);
  }
  return { ticks, bytes, samples, startsSync: (first & nonSync) === 0 };
};

const decodeTimeOf = (view: DataView, { start }: Box): number =>
  view.getUint8(start) === 1 ? Number(view.getBigUint64(start + 4)) : view.getUint32(start + 4);

/** From a whole `moof` with one track. Undefined where it does not hold together. */
export const parseFragment = (bytes: Uint8Array): Fragment | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const track = boxAt(view, 'moof/traf');
    if (!track) return undefined;
    const inside = boxesIn(view, track.start, track.end);
    const one = (type: string): Box | undefined => inside.find((box) => box.type === type);
    const [header, time] = [one('tfhd'), one('tfdt')];
    if (!header || !time) return undefined;
    const runs = inside.filter(({ type }) => type === 'trun').map((box) => runOf(view, box, defaultsOf(view, header)));
    const sum = (of: 'ticks' | 'bytes' | 'samples'): number => runs.reduce((total, run) => total + run[of], 0);
    return {
      decodeTime: decodeTimeOf(view, time),
      ticks: sum('ticks'),
      bytes: sum('bytes'),
      samples: sum('samples'),
      startsSync: runs[0]?.startsSync ?? false,
    };
  } catch (error) {
    // DataView's word for a file that ends too early.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};
