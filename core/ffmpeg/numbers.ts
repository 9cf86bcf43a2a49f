/** Numbers in filters: never in the form 1e-7, and no more digits than FFmpeg's clock has. */
export const seconds = (value: number): string => String(Number(value.toFixed(6)));
