/** People with an account: what is asked of them and what is told of them. */
import * as z from 'zod';
import { Owner } from './ids.ts';

/** What every password must have. The user pool on AWS is set up from this. */
export const passwordRules = { minLength: 12, maxLength: 256 } as const;

/** Characters that Cognito counts as symbols. https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html */
const symbols = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]/;

/** A password that is chosen, as opposed to one that is tried. */
export const NewPassword = z
  .string()
  .min(passwordRules.minLength)
  .max(passwordRules.maxLength)
  .regex(/^\S*$/, 'must not hold spaces')
  .regex(/[a-z]/, 'must hold a small letter')
  .regex(/[A-Z]/, 'must hold a capital letter')
  .regex(/[0-9]/, 'must hold a digit')
  .regex(symbols, 'must hold a symbol such as ! or -')
  .describe(
    `At least ${passwordRules.minLength} characters, among them small and capital letters, digits and symbols.`,
  );

/** A password that is tried: of any form, so that no rule tells anything about the right one. */
export const GivenPassword = z.string().min(1).max(passwordRules.maxLength);

/** Addresses are the same however they are written in capitals. */
export const Email = z.email().max(254).toLowerCase();

export const User = z
  .strictObject({
    id: Owner.describe('Who owns what the user makes: `sub` of the user’s tokens.'),
    name: z.string().nullable(),
    email: z.string(),
    status: z
      .enum(['active', 'invited', 'disabled'])
      .describe('`invited` until the user has a password of their own; `disabled` may not sign in.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });
export type User = z.output<typeof User>;

export const NewUser = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^\P{Cc}*$/u, 'must not hold control characters'),
  email: Email,
  password: NewPassword.optional().describe('Where it is left out, the user is invited to choose one.'),
});
export type NewUser = z.output<typeof NewUser>;
