/** How one part of a job names another: by name, or by an expression over names. */
import * as z from 'zod';
import { Duration, Name, Time } from './values.ts';

const AxisRef = z.string().regex(/^\$[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must be "$" and the name of a matrix axis');

export type Ref =
  | string
  | { clip: Ref; start?: number; end?: number }
  | { pick: Ref[] }
  | { concat: Ref[]; transition?: { type: 'cut' | 'fade' | 'dissolve'; seconds: number } };

/** A name, `"$axis"`, `{clip}`, `{pick}` or `{concat}`; they nest. */
export const Ref: z.ZodType<Ref> = z
  .lazy(() =>
    z.union([
      Name,
      AxisRef,
      z.strictObject({ clip: Ref, start: Time.optional(), end: Time.optional() }),
      z.strictObject({ pick: z.array(Ref).min(1).max(100) }),
      z.strictObject({
        concat: z.array(Ref).min(1).max(100),
        transition: z
          .strictObject({
            type: z
              .enum(['cut', 'fade', 'dissolve'])
              .describe('"fade" goes through black, "dissolve" from picture to picture.'),
            seconds: Duration.describe('How long both clips are there: the whole is shorter by as much.'),
          })
          .optional(),
      }),
    ]),
  )
  .meta({ id: 'Ref', description: 'A name, or an expression over names: "$axis", {clip}, {pick}, {concat}.' });

/** Every name that an expression mentions, in order; axes keep their `$`. */
export const namesIn = (ref: Ref): string[] => {
  if (typeof ref === 'string') return [ref];
  if ('clip' in ref) return namesIn(ref.clip);
  return ('pick' in ref ? ref.pick : ref.concat).flatMap(namesIn);
};
