/** Google Drive on loopback, as strict as its documentation: requests that it would refuse are refused and noted. */
import { createHash } from 'node:crypto';
import { secretWord } from './delivery.ts';
import { type Reply, type Seen, startLoopback, urlEncodedOf } from './loopback.ts';

const unit = 256 * 1024;
const folderType = 'application/vnd.google-apps.folder';
const listFields = 'files(id,createdTime,webViewLink,size,sha256Checksum)';
const fileFields = 'id,createdTime,webViewLink,size,sha256Checksum';

export type StoredFile = {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly parents: readonly string[];
  readonly appProperties: Readonly<Record<string, string>>;
  readonly createdTime: string;
  readonly content: Buffer | undefined;
  trashed: boolean;
};
type Session = { readonly metadata: Metadata; readonly type: string; readonly bytes: number; received: Buffer };
type Metadata = Pick<StoredFile, 'name' | 'mimeType' | 'parents'> & Partial<Pick<StoredFile, 'appProperties'>>;

class Refused extends Error {}
function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Refused(what);
}

export const refusal = (status: number, reason: string): Reply => ({
  status,
  body: { error: { code: status, message: `${secretWord} message`, errors: [{ domain: 'usageLimits', reason }] } },
});

/** A query such as `'x' in parents and name = 'it\'s'`, as a test of files. */
const matcher = (query: string): ((file: StoredFile) => boolean) => {
  const text = /'((?:[^'\\]|\\['\\])*)'/.source;
  const forms: readonly (readonly [RegExp, (file: StoredFile, ...values: string[]) => boolean])[] = [
    [new RegExp(`^${text} in parents`), (file, parent) => file.parents.includes(parent ?? '')],
    [new RegExp(`^name = ${text}`), (file, name) => file.name === name],
    [new RegExp(`^mimeType = ${text}`), (file, type) => file.mimeType === type],
    [
      new RegExp(`^appProperties has \\{ key=${text} and value=${text} \\}`),
      (file, key, value) => file.appProperties[key ?? ''] === value,
    ],
    [/^trashed = false/, (file) => !file.trashed],
  ];
  const tests: ((file: StoredFile) => boolean)[] = [];
  for (let rest = query; rest !== ''; ) {
    const found = forms.map(([form, test]) => [form.exec(rest), test] as const).find(([match]) => match);
    demand(found !== undefined, `the query at: ${rest}`);
    const [match, test] = found;
    const values = (match ?? []).slice(1).map((value) => value.replaceAll(/\\(['\\])/g, '$1'));
    tests.push((file) => test(file, ...values));
    rest = rest.slice(match?.[0].length ?? 0);
    demand(rest === '' || rest.startsWith(' and '), `the query at: ${rest}`);
    rest = rest.replace(/^ and /, '');
  }
  return (file) => tests.every((test) => test(file));
};

export const startGoogleDrive = async (root = 'ROOT_folder-1') => {
  const files = new Map<string, StoredFile>();
  const sessions = new Map<string, Session>();
  const tokens = new Set<string>();
  const violations: string[] = [];
  let count = 0;
  let lists = 0;
  const state = { pieces: [] as number[], frozenTime: undefined as string | undefined };
  const next = (): number => (count += 1);

  const add = (metadata: Metadata, content?: Buffer, id = `id-${String(next()).padStart(4, '0')}`): StoredFile => {
    const createdTime = state.frozenTime ?? new Date(Date.UTC(2026, 10, 1) + next() * 10).toISOString();
    const file = { appProperties: {}, ...metadata, id, createdTime, content, trashed: false };
    files.set(file.id, file);
    return file;
  };
  add({ name: 'Deliveries', mimeType: folderType, parents: [] }, undefined, root);

  const shown = ({ id, createdTime, content }: StoredFile) => ({
    id,
    createdTime,
    webViewLink: `https://drive.google.com/file/d/${id}/view?usp=drivesdk`,
    ...(content
      ? { size: String(content.length), sha256Checksum: createHash('sha256').update(content).digest('hex') }
      : {}),
  });

  const token = (seen: Seen): Reply => {
    demand(seen.headers['content-type'] === 'application/x-www-form-urlencoded', 'the content type of the form');
    const wanted = {
      client_id: 'client-1',
      client_secret: `${secretWord}-client`,
      refresh_token: `${secretWord}-refresh`,
      grant_type: 'refresh_token',
    };
    const given = urlEncodedOf(seen);
    if (given['refresh_token'] !== wanted.refresh_token) return { status: 400, body: { error: 'invalid_grant' } };
    demand(JSON.stringify(given) === JSON.stringify(wanted), 'the fields of the token request');
    const access_token = `${secretWord}-access-${next()}`;
    tokens.add(access_token);
    return { status: 200, body: { access_token, expires_in: 3599, token_type: 'Bearer', scope: 'drive.file' } };
  };

  const parentsExist = ({ parents }: Metadata): boolean =>
    parents.length === 1 && parents.every((id) => files.get(id)?.mimeType === folderType);

  const metadataOf = (seen: Seen): Metadata => {
    demand(seen.headers['content-type'] === 'application/json; charset=UTF-8', 'the content type');
    return JSON.parse(seen.body.toString()) as Metadata; // true: this is what the adapter sends, or the test fails
  };

  const list = ({ query: { q = '', ...query } }: Seen): Reply => {
    const wanted = {
      supportsAllDrives: 'true',
      orderBy: 'createdTime',
      pageSize: '100',
      fields: listFields,
      includeItemsFromAllDrives: 'true',
    };
    demand(JSON.stringify(query) === JSON.stringify(wanted), 'the parameters of the list');
    demand(q.endsWith(' and trashed = false'), 'a list without what is in the trash');
    const parent = /^'([^']+)' in parents/.exec(q)?.[1] ?? '';
    if (!files.has(parent)) return refusal(404, 'notFound');
    const found = [...files.values()].filter(matcher(q));
    if ((lists += 1) % 2 === 0) found.reverse(); // nobody promised an order among equals
    found.sort((a, b) => (a.createdTime < b.createdTime ? -1 : a.createdTime > b.createdTime ? 1 : 0));
    return { status: 200, body: { files: found.map(shown) } };
  };

  const create = (seen: Seen): Reply => {
    demand(seen.query['supportsAllDrives'] === 'true' && seen.query['fields'] === fileFields, 'the parameters');
    const metadata = metadataOf(seen);
    demand(metadata.mimeType === folderType && Object.keys(metadata).length === 3, 'the metadata of a folder');
    return parentsExist(metadata) ? { status: 200, body: shown(add(metadata)) } : refusal(404, 'notFound');
  };

  const trash = (seen: Seen): Reply => {
    const file = files.get(decodeURIComponent(seen.path.split('/').at(-1) ?? ''));
    demand(seen.query['supportsAllDrives'] === 'true', 'shared drives');
    demand(seen.body.toString() === '{"trashed":true}', 'the body of the patch');
    if (!file) return refusal(404, 'notFound');
    file.trashed = true;
    return { status: 200, body: { id: file.id } };
  };

  const open = (seen: Seen, origin: string): Reply => {
    const { query, headers } = seen;
    demand(query['uploadType'] === 'resumable' && query['supportsAllDrives'] === 'true', 'the parameters');
    demand(query['fields'] === fileFields, 'the fields of the upload');
    const metadata = metadataOf(seen);
    const type = headers['x-upload-content-type'] ?? '';
    demand(type !== '' && metadata.mimeType === type, 'the type of the upload');
    const properties = Object.entries(metadata.appProperties ?? {});
    demand(
      properties.length === 1 && properties.every(([k, v]) => Buffer.byteLength(k + v) <= 124),
      'the app property',
    );
    if (!parentsExist(metadata)) return refusal(404, 'notFound');
    const id = `${secretWord}-session-${next()}`;
    const bytes = Number(headers['x-upload-content-length']);
    demand(Number.isSafeInteger(bytes), 'the length of the upload');
    sessions.set(id, { metadata, type, bytes, received: Buffer.alloc(0) });
    return {
      status: 200,
      headers: { location: `${origin}/upload/drive/v3/files?uploadType=resumable&upload_id=${id}` },
    };
  };

  const finished = (id: string, { metadata, received }: Session): Reply => {
    sessions.delete(id);
    return { status: 200, body: shown(add(metadata, received)) };
  };

  const incomplete = ({ received }: Session): Reply => ({
    status: 308,
    headers: received.length > 0 ? { range: `bytes=0-${received.length - 1}` } : {},
  });

  const piece = ({ query, headers, body, broken }: Seen): Reply => {
    const id = query['upload_id'] ?? '';
    const session = sessions.get(id);
    demand(headers['authorization'] === undefined, 'no token for the session');
    if (!session) return { status: 404, body: 'not found' };
    const range = headers['content-range'] ?? '';
    if (range === `bytes */${session.bytes}`) {
      demand(body.length === 0, 'a question without a body');
      return session.received.length === session.bytes ? finished(id, session) : incomplete(session);
    }
    const [, start, end, total] = (/^bytes (\d+)-(\d+)\/(\d+)$/.exec(range) ?? []).map(Number);
    demand(start !== undefined && end !== undefined && total === session.bytes, `the range ${range}`);
    demand(start === session.received.length, `a piece that begins where the last one ended: ${range}`);
    demand(broken || body.length === end + 1 - start, 'as many bytes as the range says');
    demand((end + 1 - start) % unit === 0 || end + 1 === total, 'a multiple of 256 KiB');
    state.pieces.push(body.length);
    const taken = broken ? body.subarray(0, Math.floor(body.length / unit) * unit) : body;
    session.received = Buffer.concat([session.received, taken]);
    return session.received.length === session.bytes ? finished(id, session) : incomplete(session);
  };

  const route = (seen: Seen): Reply => {
    const what = `${seen.method} ${seen.path}`;
    if (what === 'POST /token') return token(seen);
    if (what === 'PUT /upload/drive/v3/files') return piece(seen);
    if (!tokens.has((seen.headers['authorization'] ?? '').replace(/^Bearer /, ''))) return refusal(401, 'authError');
    if (what === 'GET /drive/v3/files') return list(seen);
    if (what === 'POST /drive/v3/files') return create(seen);
    if (what.startsWith('PATCH /drive/v3/files/')) return trash(seen);
    if (what === 'POST /upload/drive/v3/files') return open(seen, loopback.url);
    throw new Refused(`there is no ${what}`);
  };

  const loopback = await startLoopback((seen) => {
    try {
      return route(seen);
    } catch (error) {
      violations.push(error instanceof Error ? error.message : 'unknown');
      return refusal(400, 'badRequest');
    }
  });

  return {
    ...loopback,
    urls: {
      token: `${loopback.url}/token`,
      api: `${loopback.url}/drive/v3`,
      upload: `${loopback.url}/upload/drive/v3`,
    },
    secret: JSON.stringify({
      clientId: 'client-1',
      clientSecret: `${secretWord}-client`,
      refreshToken: `${secretWord}-refresh`,
    }),
    root,
    /** What was asked in another way than the documentation says. */
    violations,
    state,
    add,
    sessions,
    expireTokens: () => tokens.clear(),
    /** What lies in the root now, as `folder/name` paths. */
    paths: () => {
      const pathOf = ({ name, parents: [parent = ''] }: StoredFile): string => {
        const above = parent === root ? undefined : files.get(parent);
        return above ? `${pathOf(above)}/${name}` : name;
      };
      return [...files.values()]
        .filter(({ id, trashed }) => id !== root && !trashed)
        .map(pathOf)
        .sort();
    },
    content: (name: string) => [...files.values()].find((file) => file.name === name && !file.trashed)?.content,
    files,
  };
};
