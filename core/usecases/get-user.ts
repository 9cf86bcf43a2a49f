import { Failure } from '../failures.ts';
import type { User } from '../job/user.ts';
import type { Identity } from '../ports/identity.ts';

/** Users see themselves, administrators everybody. Fails with `not_found`, for those who exist in the same words. */
export const getUser = async (
  { identity }: { identity: Pick<Identity, 'get'> },
  { id, owner, isAdmin }: { id: string; owner: string; isAdmin: boolean },
): Promise<User> => {
  const user = id === owner || isAdmin ? await identity.get(id) : undefined;
  if (!user) throw new Failure('not_found', { detail: 'There is no such user.' });
  return user;
};
