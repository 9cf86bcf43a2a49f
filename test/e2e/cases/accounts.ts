import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Client, kinoductClient } from '#cli/client.ts';
import { User } from '#core/job/user.ts';
import { IssuedTokens } from '#core/usecases/issue-tokens.ts';
import type { Context } from '../context.ts';
import { smallImage, testPattern } from '../specs.ts';

const password = 'Correct-horse-7';
const newPassword = 'Battery-staple-8';

export const accountCases = (context: Context): void => {
  describe('accounts', () => {
    const post = (path: string, body: unknown): Promise<Response> =>
      fetch(`${context.deployment.url}${path}`, {
        method: 'POST',
        // An old token is no obstacle on the way to the next.
        headers: { 'content-type': 'application/json', authorization: 'Bearer of.long.ago' },
        body: JSON.stringify(body),
      });
    const tokens = async (body: unknown): Promise<IssuedTokens> => {
      const answer = await post('/v1/auth/token', body);
      expect(answer.status).toBe(200);
      return IssuedTokens.parse(await answer.json());
    };
    const clientWith = ({ accessToken }: IssuedTokens): Client =>
      kinoductClient({ url: context.deployment.url, token: accessToken });
    const make = (body: unknown): Promise<Response> => context.root.request('POST', '/v1/users', { body });
    const signedUp = async (name: string): Promise<{ user: User; email: string; tokens: IssuedTokens }> => {
      const email = `${name.toLowerCase()}@example.com`;
      const user = User.parse(await (await make({ name, email, password })).json());
      return { user, email, tokens: await tokens({ email, password }) };
    };

    test('an administrator makes a user, who signs in, and whose jobs are nobody else’s', async () => {
      const { ana, root } = context;
      const email = 'Carla@Example.com';
      const made = await make({ name: 'Carla', email, password });
      expect(made.status).toBe(201);
      const user = User.parse(await made.json());
      expect(user).toMatchObject({ name: 'Carla', email: 'carla@example.com', status: 'active' });
      const again = await make({ name: 'Other', email, password });
      expect([again.status, again.headers.get('content-type')]).toEqual([409, 'application/problem+json']);

      const carla = clientWith(await tokens({ email, password }));
      const me = await (await carla.request('GET', '/v1/me')).json();
      expect(me).toEqual({ id: user.id, admin: false, name: 'Carla', email: 'carla@example.com' });
      const { id } = await carla.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallImage }, reuse: false });
      expect(await carla.ended(id)).toMatchObject({ owner: user.id, status: 'succeeded' });
      for (const other of [ana, root]) expect((await other.request('GET', `/v1/jobs/${id}`)).status).toBe(404);
    });

    test('users see themselves, administrators all of them', async () => {
      const { ana, root } = context;
      const { user, tokens } = await signedUp('Dora');
      const dora = clientWith(tokens);
      const path = `/v1/users/${user.id}`;
      for (const client of [dora, root]) expect(await (await client.request('GET', path)).json()).toEqual(user);
      expect((await ana.request('GET', path)).status).toBe(404);
      const listed = z.object({ items: z.array(User) });
      expect(listed.parse(await (await root.request('GET', '/v1/users')).json()).items).toContainEqual(user);
      for (const client of [ana, dora]) {
        const body = { name: 'Nobody', email: 'nobody@example.com' };
        expect((await client.request('GET', '/v1/users')).status).toBe(403);
        expect((await client.request('POST', '/v1/users', { body })).status).toBe(403);
      }
    });

    test('a session is refreshed, and ends when its user signs out', async () => {
      const { tokens: first } = await signedUp('Emil');
      const second = await tokens({ refreshToken: first.refreshToken });
      expect((await clientWith(second).request('GET', '/v1/me')).status).toBe(200);
      expect((await post('/v1/auth/revoke', { refreshToken: second.refreshToken })).status).toBe(204);
      for (const { refreshToken } of [first, second])
        expect((await post('/v1/auth/token', { refreshToken })).status).toBe(401);
    });

    test('a password is changed by who knows it, and then the old one is worth nothing', async () => {
      const { email, tokens: before } = await signedUp('Frida');
      const change = (body: unknown) => clientWith(before).request('PUT', '/v1/me/password', { body });
      expect((await change({ password: newPassword, newPassword })).status).toBe(401);
      expect((await change({ password, newPassword })).status).toBe(204);
      for (const old of [{ email, password }, { refreshToken: before.refreshToken }])
        expect((await post('/v1/auth/token', old)).status).toBe(401);
      await tokens({ email, password: newPassword });
    });
  });
};
