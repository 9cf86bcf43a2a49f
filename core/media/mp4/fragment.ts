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

export interface FragmentSample {
  readonly bytes: number;
  /** Where it lies, counted from the start of the fragment. */
  readonly offset: number;
  /** In ticks; it may be decoded before 0. */
  readonly decoded: number;
  readonly later: number;
  readonly ticks: number;
  readonly sync: boolean;
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

type Visit = (sample: Omit<FragmentSample, 'decoded' | 'offset'>, dataOffset: number | undefined) => void;

/** `trun`: durations, sizes and flags of the samples, or the defaults. */
const runOf = (
  view: DataView,
  { start, end }: Box,
  { defaults, visit }: { readonly defaults: Defaults; readonly visit?: Visit },
): Omit<Fragment, 'decodeTime'> => {
  const flags = view.getUint32(start);
  const samples = view.getUint32(start + 4);
  const words = [hasDuration, hasSize, hasFlags, hasComposition].filter((flag) => flags & flag).length;
  let at = start + 8;
  const next = (flag: number, otherwise: number): number => {
    if (!(flags & flag)) return otherwise;
    at += 4;
    return view.getUint32(at - 4);
  };
  // Signed, though our muxer only ever points behind the fragment.
  const dataOffset = flags & hasOffset ? next(hasOffset, 0) | 0 : undefined;
  const firstFlags = next(hasFirstFlags, defaults.flags);
  if (at + samples * words * 4 > end) throw new RangeError('the run claims more samples than it lists');
  if (words === 0 && !visit) {
    const startsSync = (firstFlags & nonSync) === 0;
    return { ticks: samples * defaults.duration, bytes: samples * defaults.size, samples, startsSync };
  }
  if (words === 0 && samples > mostAlike) throw new RangeError('the run claims too many samples');
  let [ticks, bytes, first] = [0, 0, firstFlags];
  for (let n = 0; n < samples; n += 1) {
    const duration = next(hasDuration, defaults.duration);
    const size = next(hasSize, defaults.size);
    const own = next(hasFlags, n === 0 ? firstFlags : defaults.flags);
    const later = next(hasComposition, 0) | 0;
    visit?.({ bytes: size, later, ticks: duration, sync: (own & nonSync) === 0 }, n === 0 ? dataOffset : undefined);
    ticks += duration;
    bytes += size;
    if (n === 0) first = own;
  }
  return { ticks, bytes, samples, startsSync: (first & nonSync) === 0 };
};

/** Of samples that are listed by nothing but their number. */
const mostAlike = 1_000_000;

/** Signed: what an encoder needs before the first sample is decoded before 0. */
const decodeTimeOf = (view: DataView, { start }: Box): number =>
  view.getUint8(start) === 1 ? Number(view.getBigInt64(start + 4)) : view.getUint32(start + 4);

interface TrackFragment {
  readonly defaults: Defaults;
  readonly decodeTime: number;
  readonly runs: readonly Box[];
}

const trackFragment = (view: DataView): TrackFragment | undefined => {
  const track = boxAt(view, 'moof/traf');
  if (!track) return undefined;
  const inside = boxesIn(view, track.start, track.end);
  const one = (type: string): Box | undefined => inside.find((box) => box.type === type);
  const [header, time] = [one('tfhd'), one('tfdt')];
  if (!header || !time) return undefined;
  const runs = inside.filter(({ type }) => type === 'trun');
  return { defaults: defaultsOf(view, header), decodeTime: decodeTimeOf(view, time), runs };
};

/** Undefined where `read` says so, or a box ends too early. */
const tried = <T>(bytes: Uint8Array, read: (view: DataView) => T | undefined): T | undefined => {
  try {
    return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    // DataView's word for a file that ends too early.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** From a whole `moof` with one track. Undefined where it does not hold together. */
export const parseFragment = (bytes: Uint8Array): Fragment | undefined =>
  tried(bytes, (view) => {
    const track = trackFragment(view);
    if (!track) return undefined;
    const runs = track.runs.map((box) => runOf(view, box, track));
    const sum = (of: 'ticks' | 'bytes' | 'samples'): number => runs.reduce((total, run) => total + run[of], 0);
    return {
      decodeTime: track.decodeTime,
      ticks: sum('ticks'),
      bytes: sum('bytes'),
      samples: sum('samples'),
      startsSync: runs[0]?.startsSync ?? false,
    };
  });

/** Every sample of a whole `moof` with one track, in the order of decoding. Undefined where it does not hold together. */
export const fragmentSamples = (bytes: Uint8Array): FragmentSample[] | undefined =>
  tried(bytes, (view) => {
    const track = trackFragment(view);
    if (!track) return undefined;
    const samples: FragmentSample[] = [];
    let [decoded, offset] = [track.decodeTime, bytes.length];
    const visit: Visit = (sample, dataOffset) => {
      offset = dataOffset ?? offset;
      samples.push({ ...sample, offset, decoded });
      offset += sample.bytes;
      decoded += sample.ticks;
    };
    for (const run of track.runs) runOf(view, run, { defaults: track.defaults, visit });
    return samples;
  });
