/** OAuth 2.0 with a refresh token (RFC 6749, section 6), as Google and Reddit speak it. */
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { DeliveryTarget } from '#core/ports/delivery.ts';
import type { WebAnswer, WebRequest } from '#core/ports/web.ts';
import type { Remote, SendOptions } from './remote.ts';

const Credentials = z.strictObject({
  clientId: z.string().min(1),
  /** Empty for clients that have none. */
  clientSecret: z.string(),
  refreshToken: z.string().min(1),
});
export type Credentials = z.output<typeof Credentials>;

/** What is wrong with a secret is said without a word of it. */
export const credentialsOf = ({ name }: Remote, { secret }: DeliveryTarget): Credentials => {
  const parsed = Credentials.safeParse(parsedJson(secret ?? ''));
  if (parsed.success) return parsed.data;
  throw new Failure('spec.invalid', {
    detail: `A delivery to ${name} needs a secret: JSON with clientId, clientSecret and refreshToken.`,
  });
};

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const Token = z.object({ access_token: z.string().min(1) });

/** Asks for an access token. Fails with `auth.invalid` where the credentials are refused. */
export const tokenFrom = async (remote: Remote, request: WebRequest, signal?: AbortSignal): Promise<string> => {
  const answer = await remote.send(request, { signal, repeatable: true });
  if (answer.status >= 400) throw remote.refused('refuses the refresh token or its client.');
  return remote.read(Token, answer).access_token;
};

/** Sends with an access token. A token that expires on the way is renewed once. */
export const authorized = (
  remote: Remote,
  newToken: (signal?: AbortSignal) => Promise<string>,
): ((request: WebRequest, options: SendOptions) => Promise<WebAnswer>) => {
  let token: string | undefined;
  const sendWith = (bearer: string, request: WebRequest, options: SendOptions): Promise<WebAnswer> =>
    remote.send({ ...request, headers: { ...request.headers, authorization: `Bearer ${bearer}` } }, options);
  return async (request, options) => {
    token ??= await newToken(options.signal);
    const answer = await sendWith(token, request, options);
    if (answer.status !== 401) return answer;
    token = await newToken(options.signal);
    const second = await sendWith(token, request, options);
    if (second.status === 401) throw remote.refused('refuses the credentials.');
    return second;
  };
};
