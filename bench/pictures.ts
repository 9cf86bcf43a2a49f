/** What is in a finished film: its pictures by the numbers burnt into them, how good they are, and what a decoder must hold. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { numbersIn } from '#test/support/numbered-sources.ts';
import { timesOf } from '#test/support/track-times.ts';
import { rounded } from './measure.ts';

export interface Shown {
  readonly numbers: readonly number[];
  readonly times: readonly number[];
  /** When its sound starts. */
  readonly heardAt: number;
}

export const shownIn = async (file: string, square: number): Promise<Shown> => ({
  numbers: await numbersIn(file, square),
  times: timesOf(file, 'v')?.times ?? [],
  heardAt: timesOf(file, 'a')?.start ?? 0,
});

export interface Wrong {
  readonly lost: number;
  readonly doubled: number;
  /** The largest difference of the time of a picture against the sound. */
  readonly shiftMs: number;
}

export const isRight = ({ lost, doubled, shiftMs }: Wrong): boolean => lost === 0 && doubled === 0 && shiftMs < 1;

/** Against one encode of the same film: pictures by their numbers, and their times against those of the sound. */
export const wrongIn = (film: Shown, one: Shown): Wrong => {
  const offset = film.heardAt - one.heardAt;
  const at = new Map<number, number>();
  let [doubled, shift] = [0, 0];
  for (const [n, number] of film.numbers.entries()) {
    if (at.has(number)) doubled += 1;
    else at.set(number, (film.times[n] ?? 0) - offset);
  }
  const wanted = new Map<number, number>();
  for (const [n, number] of one.numbers.entries()) if (!wanted.has(number)) wanted.set(number, one.times[n] ?? 0);
  let lost = 0;
  for (const [number, time] of wanted) {
    const found = at.get(number);
    if (found === undefined) lost += 1;
    else shift = Math.max(shift, Math.abs(found - time));
  }
  // Where the rate is made constant one encode shows pictures twice as well.
  const filled = one.numbers.length - wanted.size;
  return { lost, doubled: Math.max(0, doubled - filled), shiftMs: rounded(shift * 1000, 2) };
};

const run = promisify(execFile);

/** Decibels of the luminance, over all pictures. */
export const psnr = async (file: string, source: string): Promise<number> => {
  const graph = '[0:v]settb=1/1000,setpts=N[a];[1:v]settb=1/1000,setpts=N[b];[a][b]psnr';
  const words = ['-nostdin', '-hide_banner', '-i', file, '-i', source, '-lavfi', graph, '-f', 'null', '-'];
  const { stderr } = await run('ffmpeg', words, { maxBuffer: 2 ** 24 });
  return Number(/PSNR y:([\d.]+)/.exec(stderr)?.[1]);
};

export interface Buffered {
  /** Pictures that were not there in time. */
  readonly missed: number;
  /** How full it was at the worst, 0..1; less than 0 where pictures were missed. */
  readonly least: number;
}

/** A decoder's buffer of so many bits, filled at `rate` bits a second and nine tenths full at the start. */
export const bufferOf = async (
  file: string,
  { rate, bits }: { readonly rate: number; readonly bits: number },
): Promise<Buffered> => {
  const show = ['-select_streams', 'v:0', '-show_entries', 'packet=dts_time,size', '-of', 'csv=p=0', file];
  const { stdout } = await run('ffprobe', ['-v', 'error', ...show], { maxBuffer: 2 ** 26 });
  let [fill, last, missed, least] = [bits * 0.9, NaN, 0, bits];
  for (const packet of stdout.trim().split('\n')) {
    const [at = NaN, bytes = 0] = packet.split(',').map(Number);
    if (!Number.isNaN(last)) fill = Math.min(bits, fill + (at - last) * rate);
    last = at;
    fill -= bytes * 8;
    least = Math.min(least, fill);
    if (fill < 0) missed += 1;
    fill = Math.max(fill, 0);
  }
  return { missed, least: rounded(least / bits, 3) };
};
