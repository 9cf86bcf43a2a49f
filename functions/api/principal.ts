/** Who sends a request, from what the authorizer in front of the app has verified. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { Owner } from '#core/job/ids.ts';

export interface Principal {
  /** Opaque; what the caller makes belongs to it. */
  readonly owner: string;
  /** May see and make users. What others own is hidden from administrators too. */
  readonly isAdmin: boolean;
}

const adminGroup = 'admin';

/** API Gateway hands claims over as texts; a list becomes `[one two]`. */
const Groups = z
  .string()
  .default('')
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1').split(' '));

/** Id tokens tell an application who its user is. They are no permission to call an API. */
const AccessClaims = z.object({ sub: z.string(), token_use: z.literal('access'), 'cognito:groups': Groups });

const Authorizer = z.union([
  z.object({ jwt: z.object({ claims: AccessClaims }) }),
  z.object({ iam: z.object({ userId: z.string() }) }),
]);

/**
 * A role's id, without the session's name, which tools make up anew each time; a user's or an account's id as it is.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
const iamOwner = (userId: string): string => `iam-${userId.split(':')[0]}`;

const nameOf = (name: string): string => {
  const owner = Owner.safeParse(name);
  if (!owner.success) throw new Failure('auth.invalid', { detail: 'The name in the credentials cannot be used.' });
  return owner.data;
};

/**
 * Fails with `auth.missing` without an identity, and with `auth.invalid` for a token that is none for access or a name that
 * cannot be an owner's.
 */
export const principalOf = (event: APIGatewayProxyEventV2): Principal => {
  const given = 'authorizer' in event.requestContext ? event.requestContext.authorizer : undefined;
  if (given === undefined) throw new Failure('auth.missing');
  const { data } = Authorizer.safeParse(given);
  if (data === undefined) throw new Failure('auth.invalid', { detail: 'The credentials are not an access token.' });
  if ('iam' in data) return { owner: nameOf(iamOwner(data.iam.userId)), isAdmin: false };
  const { sub, 'cognito:groups': groups } = data.jwt.claims;
  return { owner: nameOf(sub), isAdmin: groups.includes(adminGroup) };
};
