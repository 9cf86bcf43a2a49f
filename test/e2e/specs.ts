/** Outputs that cost little, and one that costs a lot. */
export const smallVideo = { type: 'video', size: { shortSide: 120 }, encode: 'mp4-fast' } as const;
export const smallImage = { type: 'image', size: { width: 64 } } as const;

/** Takes a good while on any machine, with `long.mp4`. */
export const slowVideo = { type: 'video', encode: { preset: 'mp4', speed: 'veryslow' } } as const;

/** A source that needs no upload. */
export const testPattern = (seconds: number) => ({ test: { seconds, size: '320x240', fps: 25 } });
