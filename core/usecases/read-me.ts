import * as z from 'zod';
import { User } from '../job/user.ts';
import type { Identity } from '../ports/identity.ts';

export const Me = z
  .strictObject({
    id: User.shape.id,
    admin: z.boolean().describe('Whether you may make and list users.'),
    name: z.string().nullable().describe('Null where you have no account here: a principal of IAM, or a program.'),
    email: z.string().nullable(),
  })
  .meta({ id: 'Me' });
export type Me = z.output<typeof Me>;

/** Who the caller is, with an account or without. */
export const readMe = async (
  { identity }: { identity: Pick<Identity, 'get'> },
  { owner, isAdmin }: { owner: string; isAdmin: boolean },
): Promise<Me> => {
  const user = await identity.get(owner);
  return { id: owner, admin: isAdmin, name: user?.name ?? null, email: user?.email ?? null };
};
