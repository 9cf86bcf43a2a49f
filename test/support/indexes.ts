/** Indexes of sources as the planner sees them, for tests that need no file. */
import type { SourceIndex, TrackIndex } from '#core/media/source-index.ts';

/** A track of pictures with a key picture every so many; all stand for as long. */
export const aPictureIndex = (
  of: { readonly samples: number; readonly ticks?: number; readonly timescale?: number; readonly group?: number },
  changes: Partial<TrackIndex> = {},
): TrackIndex => {
  const { samples, ticks = 512, timescale = 15_360, group = 60 } = of;
  const start = changes.start ?? 0;
  const rows = Array.from({ length: Math.ceil(samples / group) }, (_, n) => n * group);
  return {
    stream: 0,
    kind: 'video',
    timescale,
    samples,
    firstRow: 0,
    start,
    end: start + samples * ticks,
    longest: ticks,
    syncs: { rows, times: rows.map((row) => start + row * ticks) },
    bytes: samples * 4000,
    boxes: '',
    refused: null,
    ...changes,
  };
};

/** AAC at 48 kHz. */
export const aSoundIndex = (seconds: number, changes: Partial<TrackIndex> = {}): TrackIndex => {
  const samples = Math.ceil((seconds * 48_000) / 1024);
  return {
    stream: 1,
    kind: 'audio',
    timescale: 48_000,
    samples,
    firstRow: 0,
    start: 0,
    end: samples * 1024,
    longest: 1024,
    syncs: { rows: [0], times: [0] },
    bytes: samples * 340,
    boxes: '',
    refused: null,
    ...changes,
  };
};

/** Sound as it lies between the pictures of a file that was written in one go. */
const between = (picture: TrackIndex, sound: TrackIndex): number[] =>
  picture.syncs.times.map((time) => {
    const ticks = (time / picture.timescale) * sound.timescale - sound.start;
    return Math.min(sound.samples, Math.max(0, Math.ceil(ticks / sound.longest)));
  });

export const anIndex = (...tracks: readonly TrackIndex[]): SourceIndex => {
  const picture = tracks.find(({ kind }) => kind === 'video');
  return {
    version: 1,
    rows: { key: 'rows', bytes: tracks.reduce((sum, { samples }) => sum + samples * 20, 0) },
    tracks: tracks.map((track) =>
      track.kind === 'audio' && picture ? { between: between(picture, track), ...track } : track,
    ),
  };
};
