/** The small values that a job is written with. Every one is parsed here and nowhere else. */
import * as z from 'zod';

/** Ten hours: what a single job may cover, and the largest time that any field accepts. */
const maxSeconds = 36_000;

export const Name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must start with a letter and hold at most 64 letters, digits, "-" and "_"')
  .describe('A name of your choice; inputs and outputs share one namespace.')
  .meta({ id: 'Name' });
export type Name = z.output<typeof Name>;

const clock = /^(?:(\d{1,2}):)?([0-5]?\d):([0-5]?\d(?:\.\d{1,6})?)$/;
const units = /^(?=.)(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?$/;

/** Seconds of `"90s"`, `"2m30s"` or `"00:02:30"`; undefined where the text is none of them. */
const secondsOf = (text: string): number | undefined => {
  const match = clock.exec(text) ?? units.exec(text);
  return match ? Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0) : undefined;
};

/** A length of time; the output is seconds, and a number of seconds parses to itself. */
export const Duration = z
  .union([z.number(), z.string().max(32)])
  .transform((value, context): number => {
    const seconds = typeof value === 'number' ? value : secondsOf(value);
    if (seconds !== undefined && seconds >= 0 && seconds <= maxSeconds) return seconds;
    context.issues.push({
      code: 'custom',
      input: value,
      message: 'must be a length of time such as 90, "90s", "2m30s" or "00:02:30", at most ten hours',
    });
    return z.NEVER;
  })
  .describe('Seconds as a number, or "90s", "2m30s", "00:02:30".')
  .meta({ id: 'Duration' });
export type Duration = z.output<typeof Duration>;

const longestRetention = 3650 * 86_400;
const retentionUnits = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

const retentionOf = (text: string): number | undefined => {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  return unit in retentionUnits ? Number(count) * retentionUnits[unit as keyof typeof retentionUnits] : undefined;
};

/** How long something is kept; the output is seconds, and a number of seconds parses to itself. */
export const Retention = z
  .union([z.number(), z.string().max(32)])
  .transform((value, context): number => {
    const seconds = typeof value === 'number' ? value : retentionOf(value);
    if (seconds !== undefined && seconds >= 0 && seconds <= longestRetention) return seconds;
    context.issues.push({
      code: 'custom',
      input: value,
      message: 'must be a time such as "12h", "30d", "2w" or a number of seconds, at most ten years',
    });
    return z.NEVER;
  })
  .describe('Seconds as a number, or "90s", "12h", "30d", "2w".')
  .meta({ id: 'Retention' });
export type Retention = z.output<typeof Retention>;

/** A position in a clip, in seconds from its start. */
export const Time = Duration;

export const Percent = z
  .string()
  .regex(/^(?:100|\d{1,2}(?:\.\d{1,3})?)%$/, 'must be a percentage such as "10%"')
  .describe('A share of the whole, such as "10%".')
  .meta({ id: 'Percent' });
export type Percent = z.output<typeof Percent>;

/** The number in a `Percent`, from 0 to 100. */
export const percentValue = (percent: Percent): number => Number(percent.slice(0, -1));

export const Px = z.int().min(2).max(8192).describe('Pixels.');
export const Offset = z.int().min(0).max(8192).describe('Pixels from the edge.');
export const Hex = z.string().regex(/^#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?$/, 'must be a colour such as "#1a2b3c"');
export const HttpUrl = z.url({ protocol: /^https?$/ }).max(2048);

export const Anchor = z
  .enum(['top-left', 'top', 'top-right', 'left', 'center', 'right', 'bottom-left', 'bottom', 'bottom-right'])
  .meta({ id: 'Anchor' });
export type Anchor = z.output<typeof Anchor>;

/** Bits per second; `"128k"` and `"2.5M"` parse to 128000 and 2500000. */
export const Bitrate = z
  .union([z.number(), z.string().max(16)])
  .transform((value, context): number => {
    const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(String(value));
    const bits = match ? Math.round(Number(match[1]) * ({ k: 1e3, M: 1e6 }[match[2] ?? ''] ?? 1)) : 0;
    if (bits >= 8_000 && bits <= 200_000_000) return bits;
    context.issues.push({ code: 'custom', input: value, message: 'must be a bitrate such as "128k" or "2.5M"' });
    return z.NEVER;
  })
  .describe('Bits per second, or "128k", "2.5M".')
  .meta({ id: 'Bitrate' });

/** The name of a secret that the deployment holds. The value itself is never part of a job. */
export const SecretRef = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9/_.-]{0,127}$/)
  .describe('The name of a secret of this deployment.');
