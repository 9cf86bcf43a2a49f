import * as z from 'zod';
import { Owner } from '#core/job/ids.ts';
import { GivenPassword, NewPassword, NewUser, User } from '#core/job/user.ts';
import { getUser as get } from '#core/usecases/get-user.ts';
import { Me, readMe } from '#core/usecases/read-me.ts';
import { defineRoute } from '../route.ts';
import { pageOf, PageQuery } from './parts.ts';

const path = '/v1/users';

export const createUser = defineRoute({
  method: 'POST',
  path,
  operationId: 'createUser',
  summary: 'Make a user, as an administrator; one without a password is invited to choose one',
  auth: 'admin',
  // Not recorded: what is recorded is hashed with its password in it. An address makes one user only.
  repeat: 'natural',
  request: { body: NewUser },
  responses: { 201: { description: 'The user.', schema: User, headers: { location: 'The user.' } } },
  handler: async ({ body }, { identity }) => {
    const user = await identity.create(body);
    return { status: 201, headers: { location: `${path}/${user.id}` }, json: user };
  },
});

export const listUsers = defineRoute({
  method: 'GET',
  path,
  operationId: 'listUsers',
  summary: 'All users, as an administrator',
  auth: 'admin',
  // Cognito's own cursors are long.
  request: { query: z.strictObject({ ...PageQuery, cursor: z.string().max(4096).optional() }) },
  responses: { 200: pageOf(User) },
  handler: async ({ query }, { identity }) => ({ status: 200, json: await identity.list(query) }),
});

export const getUser = defineRoute({
  method: 'GET',
  path: `${path}/{id}`,
  operationId: 'getUser',
  summary: 'Read a user: yourself, or anybody as an administrator',
  auth: true,
  request: { params: z.strictObject({ id: Owner }) },
  responses: { 200: { description: 'The user.', schema: User } },
  handler: async ({ params: { id }, owner, isAdmin }, deps) => ({
    status: 200,
    json: await get(deps, { id, owner, isAdmin }),
  }),
});

export const me = defineRoute({
  method: 'GET',
  path: '/v1/me',
  operationId: 'me',
  summary: 'Who you are',
  auth: true,
  responses: { 200: { description: 'You.', schema: Me } },
  handler: async ({ owner, isAdmin }, deps) => ({ status: 200, json: await readMe(deps, { owner, isAdmin }) }),
});

export const changePassword = defineRoute({
  method: 'PUT',
  path: '/v1/me/password',
  operationId: 'changePassword',
  summary: 'Change your password; every refresh token of yours ends',
  auth: true,
  request: { body: z.strictObject({ password: GivenPassword.describe('The present one.'), newPassword: NewPassword }) },
  responses: { 204: { description: 'It is changed. Sign in with the new one.' } },
  handler: async ({ owner, body }, { identity }) => {
    await identity.changePassword({ id: owner, ...body });
    return { status: 204 };
  },
});
