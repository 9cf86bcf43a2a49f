/**
 * Which renditions a stream has. Sizes are counted by the short side, so portrait works as landscape does, and no
 * rendition is larger than the picture that it is made of.
 *
 * Where the numbers come from: Apple's HLS Authoring Specification for Apple Devices. H.264 goes up to level 4.2 (1.3),
 * which is 1080p, so `auto` ends there; its table of variants gives 6 Mbit/s for 1080p, 3 for 720p, 1.1 for 432p and
 * 0.73 for 360p. A cap in proportion to the pixels comes out at 6, 2.7, 1.2 (480p), 0.67 and 0.3 (240p). Pictures that
 * need less get less: quality is constant (CRF) below the cap. Above 30 fps the cap grows to one and a half times at
 * 60 fps, as in YouTube's recommended bitrates (support.google.com/youtube/answer/1722171).
 */
import { type Rational, rationalValue } from './probe.ts';

type Dimensions = { readonly width: number; readonly height: number };

export interface Rung extends Dimensions {
  readonly crf: number;
  /** Bits per second. */
  readonly maxBitrate: number;
}

export interface WantedRung {
  readonly shortSide: number;
  readonly crf?: number | undefined;
  readonly maxBitrate?: number | undefined;
}

const standardSides = [1080, 720, 480, 360, 240] as const;
/** A rendition that is nearly as large as the one above it helps nobody. */
const stepDown = 0.75;
const defaultCrf = 23;
const fullHd = { pixels: 1920 * 1080, bitrate: 6_000_000 };
const leastBitrate = 150_000;
/** 2 ^ 0.585 is 1.5. */
const rateExponent = 0.585;

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));

const shortSideOf = ({ width, height }: Dimensions): number => Math.min(width, height);

const scaled = (picture: Dimensions, shortSide: number): Dimensions => {
  const factor = shortSide / shortSideOf(picture);
  return { width: even(picture.width * factor), height: even(picture.height * factor) };
};

const capOf = ({ width, height }: Dimensions, rate: Rational): number => {
  const forRate = Math.max(1, rationalValue(rate) / 30) ** rateExponent;
  const bits = fullHd.bitrate * ((width * height) / fullHd.pixels) * forRate;
  return Math.max(leastBitrate, Math.round(bits / 10_000) * 10_000);
};

/** The picture's own size, or 1080 where it is larger, and standard sizes below it. */
const autoSides = (picture: Dimensions): number[] => {
  const sides = [Math.min(shortSideOf(picture), standardSides[0])];
  for (const side of standardSides) if (side <= (sides.at(-1) ?? 0) * stepDown) sides.push(side);
  return sides;
};

/** The rungs from large to small, and the short sides of those that were left out because the picture is smaller. */
export const ladderOf = (
  picture: Dimensions,
  rate: Rational,
  wanted: 'auto' | readonly WantedRung[],
): { readonly rungs: readonly Rung[]; readonly dropped: readonly number[] } => {
  const asked = wanted === 'auto' ? autoSides(picture).map((shortSide): WantedRung => ({ shortSide })) : wanted;
  const fits = asked.filter(({ shortSide }) => shortSide <= shortSideOf(picture));
  const kept = fits.length > 0 ? fits : [{ ...asked[0], shortSide: shortSideOf(picture) }];
  const rungs = kept.map(({ shortSide, crf, maxBitrate }): Rung => {
    const size = scaled(picture, shortSide);
    return { ...size, crf: crf ?? defaultCrf, maxBitrate: maxBitrate ?? capOf(size, rate) };
  });
  const distinct = new Map(rungs.map((rung) => [shortSideOf(rung), rung]));
  return {
    rungs: [...distinct.values()].toSorted((a, b) => shortSideOf(b) - shortSideOf(a)),
    dropped: asked.filter((rung) => !fits.includes(rung)).map(({ shortSide }) => shortSide),
  };
};
