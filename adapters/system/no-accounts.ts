/** Where IAM knows the callers: there are no accounts, and no tokens for passwords. */
import { Failure } from '#core/failures.ts';
import type { Identity } from '#core/ports/identity.ts';

const none = async (): Promise<never> => {
  throw new Failure('not_found', {
    detail: 'This deployment has no accounts: its users are principals of IAM, who sign their requests.',
  });
};

export const noAccounts: Identity = {
  create: none,
  get: async () => undefined,
  list: async () => ({ items: [], next: null }),
  signIn: none,
  refresh: none,
  revoke: none,
  changePassword: none,
};
