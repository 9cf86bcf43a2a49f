/** Numbers in filters. */
import type { Rational } from '../media/probe.ts';

/** Never in the form 1e-7, and no more digits than FFmpeg's clock has. */
export const seconds = (value: number): string => String(Number(value.toFixed(6)));

export const rateText = ({ num, den }: Rational): string => (den === 1 ? String(num) : `${num}/${den}`);
