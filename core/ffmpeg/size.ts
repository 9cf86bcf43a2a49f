/** How large a picture comes out, and which filters make it so. Every size is even, as 4:2:0 subsampling wants. */
import type { Size } from '../job/outputs.ts';

export type Dimensions = { readonly width: number; readonly height: number };

export type Resize = Dimensions & {
  /** True where one plain `scale` does it, so that smaller renditions may be scaled from larger ones. */
  readonly plain: boolean;
  readonly filters: readonly string[];
  /** What is seen around the picture: filters for a second copy of it, which the first is laid over in the middle. */
  readonly backdrop?: readonly string[];
};

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));
const evenDown = (value: number): number => Math.max(2, 2 * Math.floor(value / 2));

const scaleTo = ({ width, height }: Dimensions): string => `scale=${width}:${height}`;

/** The scale factor that fits the source into the box; missing sides do not bind. */
const insideFactor = (source: Dimensions, size: Size): number => {
  if (size.shortSide) return size.shortSide / Math.min(source.width, source.height);
  return Math.min((size.width ?? Infinity) / source.width, (size.height ?? Infinity) / source.height);
};

const inside = (source: Dimensions, size: Size): Resize => {
  const asked = insideFactor(source, size);
  const factor = Number.isFinite(asked) ? Math.min(asked, size.upscale ? Infinity : 1) : 1;
  const scaled =
    factor === 1
      ? { width: evenDown(source.width), height: evenDown(source.height) }
      : { width: even(source.width * factor), height: even(source.height * factor) };
  return { ...scaled, plain: true, filters: [scaleTo(scaled)] };
};

type Box = { readonly width: number; readonly height: number };

const cover = (source: Dimensions, box: Box, upscale: boolean): Resize => {
  const asked = Math.max(box.width / source.width, box.height / source.height);
  const shrink = upscale ? 1 : Math.max(1, asked);
  const crop = { width: evenDown(box.width / shrink), height: evenDown(box.height / shrink) };
  const factor = asked / shrink;
  const scaled = {
    width: Math.max(crop.width, even(source.width * factor)),
    height: Math.max(crop.height, even(source.height * factor)),
  };
  return { ...crop, plain: false, filters: [scaleTo(scaled), `crop=${crop.width}:${crop.height}`] };
};

const pad = (source: Dimensions, box: Box, upscale: boolean): Resize => {
  const frame = { width: evenDown(box.width), height: evenDown(box.height) };
  const picture = inside(source, { ...frame, upscale });
  const fitted = {
    width: Math.min(picture.width, frame.width),
    height: Math.min(picture.height, frame.height),
  };
  return {
    ...frame,
    plain: false,
    filters: [scaleTo(fitted), `pad=${frame.width}:${frame.height}:(ow-iw)/2:(oh-ih)/2`],
  };
};

/** How much smaller the backdrop is blurred: what is enlarged afterwards is blurred for little work. */
const backdropShrink = 8;

/** The picture whole, and around it itself, enlarged and out of focus. */
const blur = (source: Dimensions, box: Box, upscale: boolean): Resize => {
  const frame = { width: evenDown(box.width), height: evenDown(box.height) };
  const picture = inside(source, { ...frame, upscale });
  const small = { width: even(frame.width / backdropShrink), height: even(frame.height / backdropShrink) };
  const radius = Math.floor(Math.min(small.width, small.height) / 16);
  return {
    ...frame,
    plain: false,
    filters: [scaleTo({ width: Math.min(picture.width, frame.width), height: Math.min(picture.height, frame.height) })],
    backdrop: [
      `scale=${small.width}:${small.height}:force_original_aspect_ratio=increase`,
      `crop=${small.width}:${small.height}`,
      // Both radii at most half of the smaller plane: chroma planes are half as large.
      ...(radius > 0 ? [`boxblur=lr=${radius}:lp=2:cr=${Math.ceil(radius / 2)}:cp=2`] : []),
      scaleTo(frame),
    ],
  };
};

const stretch = (source: Dimensions, box: Box, upscale: boolean): Resize => {
  const width = evenDown(upscale ? box.width : Math.min(box.width, source.width));
  const height = evenDown(upscale ? box.height : Math.min(box.height, source.height));
  return { width, height, plain: false, filters: [scaleTo({ width, height })] };
};

/**
 * The size of a picture of `source` (as displayed) under `size`. Pictures are never enlarged unless `upscale` says so.
 * `cover`, `pad`, `blur` and `stretch` need both sides of the box and fall back to `inside` without them.
 */
export const resize = (source: Dimensions, size: Size = {}): Resize => {
  const { width, height, fit = 'inside', upscale = false } = size;
  if (fit === 'inside' || width === undefined || height === undefined) return inside(source, size);
  const box = { width, height };
  if (fit === 'cover') return cover(source, box, upscale);
  if (fit === 'blur') return blur(source, box, upscale);
  return fit === 'pad' ? pad(source, box, upscale) : stretch(source, box, upscale);
};
