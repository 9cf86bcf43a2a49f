import type { VideoStream } from '../media/probe.ts';
import { defineAnalysis } from './define-analysis.ts';
import { printedLines } from './printed.ts';

/** Of a full scale of 1, at any bit depth: a little above the black of video. */
const blackBelow = 0.094;
/** Of a second; borders do not move. */
const lookEvery = 0.25;
/** The part of all pictures that reach further out and are not believed: captions in a bar, a single bright picture. */
const outliers = 0.1;
/** Pixels of all that is cut from one direction; less is a soft edge and no bar. */
const leastCut = 4;

const frameKey = 'kinoduct.frame';

/** Pixels are counted in the upright picture with square pixels. What a stranger's file says of itself is removed first. */
const straight = ({ width, height, sampleAspectRatio: { num, den } }: VideoStream): string[] => [
  ...(num === den ? [] : [`scale=${width}:${height}`, 'setsar=1']),
  'metadata=mode=delete',
  `metadata=mode=add:key=${frameKey}:value=${width}x${height}`,
];

type Box = { left: number; top: number; right: number; bottom: number };

/** One box a picture; black pictures have none. */
const boxesOf = (text: string): { frame: [number, number] | undefined; boxes: Box[] } => {
  const boxes: Box[] = [];
  let frame: [number, number] | undefined;
  let seen: Record<string, number> = {};
  for (const { key, value } of printedLines(text)) {
    const size = key === frameKey ? /^(\d+)x(\d+)$/.exec(value) : null;
    if (size) frame = [Number(size[1]), Number(size[2])];
    const side = /^lavfi\.cropdetect\.([xywh])$/.exec(key)?.[1];
    if (side === undefined) continue;
    seen[side] = Number(value);
    const { x = NaN, y = NaN, w = NaN, h = NaN } = seen;
    if (![x, y, w, h].every(Number.isFinite)) continue;
    if (x >= 0 && y >= 0 && w >= 2 && h >= 2) boxes.push({ left: x, top: y, right: x + w, bottom: y + h });
    seen = {};
  }
  return { frame, boxes };
};

/** How far out the picture reaches on one side, the outermost tenth of all pictures left aside. */
const reach = (values: readonly number[], outwards: 'down' | 'up'): number => {
  const sorted = values.toSorted((a, b) => (outwards === 'down' ? a - b : b - a));
  return sorted[Math.floor(sorted.length * outliers)] ?? 0;
};

export const crop = defineAnalysis({
  kind: 'crop',
  summary: 'The part of the picture that is not a black border.',
  of: 'picture',
  filters: (_, video) => [
    `select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,${lookEvery})`,
    ...(video ? straight(video) : []),
    `cropdetect=limit=${blackBelow}:round=2:skip=0:reset=1`,
  ],
  parse: (text) => {
    const { frame, boxes } = boxesOf(text);
    if (!frame || boxes.length === 0) return { kind: 'crop', rect: null };
    const [frameWidth, frameHeight] = frame;
    const left = reach(
      boxes.map((box) => box.left),
      'down',
    );
    const top = reach(
      boxes.map((box) => box.top),
      'down',
    );
    const width =
      Math.min(
        frameWidth,
        reach(
          boxes.map((box) => box.right),
          'up',
        ),
      ) - left;
    const height =
      Math.min(
        frameHeight,
        reach(
          boxes.map((box) => box.bottom),
          'up',
        ),
      ) - top;
    const cuts = frameWidth - width >= leastCut || frameHeight - height >= leastCut;
    return { kind: 'crop', rect: cuts && width >= 2 && height >= 2 ? { x: left, y: top, width, height } : null };
  },
});
