/** Accounts and tokens of a Cognito user pool. */
import type { Identity } from '#core/ports/identity.ts';
import { cognitoSignIn } from './sign-in.ts';
import type { UserPool } from './user-pool.ts';
import { cognitoUsers } from './users.ts';

export const cognitoIdentity = (pool: UserPool): Identity => ({ ...cognitoUsers(pool), ...cognitoSignIn(pool) });
