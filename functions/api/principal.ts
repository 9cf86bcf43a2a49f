/** Who sends a request: an opaque owner name, from what the authorizer in front of the app has verified. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { Owner } from '#core/job/ids.ts';

const Authorizer = z.union([
  z.object({ jwt: z.object({ claims: z.object({ sub: z.string() }) }) }),
  z.object({ iam: z.object({ userId: z.string() }) }),
]);

/**
 * A role's id, without the session's name, which tools make up anew each time; a user's or an account's id as it is.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
const iamOwner = (userId: string): string => `iam-${userId.split(':')[0]}`;

/** Fails with `auth.missing` without an identity, and with `auth.invalid` where it cannot be an owner's name. */
export const ownerOf = (event: APIGatewayProxyEventV2): string => {
  const authorizer = Authorizer.safeParse('authorizer' in event.requestContext && event.requestContext.authorizer);
  if (!authorizer.success) throw new Failure('auth.missing');
  const { data } = authorizer;
  const owner = Owner.safeParse('jwt' in data ? data.jwt.claims.sub : iamOwner(data.iam.userId));
  if (!owner.success) throw new Failure('auth.invalid', { detail: 'The name in the credentials cannot be used.' });
  return owner.data;
};
