/** Reddit's token, lease and submit endpoints on loopback, and the bucket that its leases lead to. */
import { secretWord } from './delivery.ts';
import { formOf, type Reply, type Seen, startLoopback, urlEncodedOf } from './loopback.ts';

type Asset = { readonly type: string; readonly content: Buffer; readonly name: string };

export const startReddit = async () => {
  const violations: string[] = [];
  const tokens = new Set<string>();
  const leases = new Map<string, { readonly filepath: string; readonly mimetype: string }>();
  const assets = new Map<string, Asset>();
  const posts: Readonly<Record<string, string>>[] = [];
  let count = 0;

  const problem = (what: string): Reply => {
    violations.push(what);
    return { status: 400, body: { message: what } };
  };
  const isForm = ({ headers }: Seen): boolean => headers['content-type'] === 'application/x-www-form-urlencoded';

  const token = (seen: Seen): Reply => {
    const basic = Buffer.from(`client-1:${secretWord}-client`).toString('base64');
    if (!isForm(seen)) return problem('the content type of the token request');
    if (seen.headers['authorization'] !== `Basic ${basic}`) return { status: 401, body: { error: 401 } };
    const { grant_type, refresh_token, ...more } = urlEncodedOf(seen);
    if (grant_type !== 'refresh_token' || Object.keys(more).length > 0) return problem('the token request');
    if (refresh_token !== `${secretWord}-refresh`) return { status: 400, body: { error: 'invalid_grant' } };
    const access_token = `${secretWord}-access-${(count += 1)}`;
    tokens.add(access_token);
    return { status: 200, body: { access_token, token_type: 'bearer', expires_in: 86_400, scope: 'submit' } };
  };

  const lease = (seen: Seen): Reply => {
    const { filepath = '', mimetype = '', ...more } = urlEncodedOf(seen);
    if (!isForm(seen) || !filepath || !mimetype || Object.keys(more).length > 0) return problem('the lease request');
    const key = `rte_images/${(count += 1)}`;
    leases.set(key, { filepath, mimetype });
    const fields = [
      { name: 'acl', value: 'private' },
      { name: 'key', value: key },
      { name: 'success_action_status', value: '201' },
      { name: 'policy', value: `${secretWord}-policy` },
      { name: 'x-amz-signature', value: `${secretWord}-signature` },
    ];
    return {
      status: 200,
      body: {
        args: { action: `//${host}/bucket`, fields },
        asset: { asset_id: key, processing_state: 'incomplete', websocket_url: `wss://ws.reddit.com/${secretWord}` },
      },
    };
  };

  const store = async (seen: Seen): Promise<Reply> => {
    const entries = await formOf(seen);
    const fields = Object.fromEntries(entries);
    const [last, file] = entries.at(-1) ?? [];
    const key = typeof fields['key'] === 'string' ? fields['key'] : '';
    const held = leases.get(key);
    if (seen.headers['authorization'] !== undefined) return problem('a token sent to the bucket');
    if (!held || fields['policy'] !== `${secretWord}-policy` || fields['x-amz-signature'] !== `${secretWord}-signature`)
      return { status: 403, body: `<Error><Code>AccessDenied</Code><Key>${secretWord}</Key></Error>` };
    if (last !== 'file' || !(file instanceof File)) return problem('the file is not the last field');
    if (file.type !== held.mimetype) return problem('another type than the lease is for');
    assets.set(`${origin}/bucket/${key}`, {
      type: file.type,
      content: Buffer.from(await file.arrayBuffer()),
      name: held.filepath,
    });
    return { status: 201, body: '<PostResponse/>' };
  };

  const submit = (seen: Seen): Reply => {
    const fields = urlEncodedOf(seen);
    const { kind, url = '', video_poster_url, title = '', sr, api_type } = fields;
    if (!isForm(seen) || api_type !== 'json') return problem('the submission');
    if (sr === 'gone')
      return { status: 200, body: { json: { errors: [['SUBREDDIT_NOEXIST', "that subreddit doesn't exist", 'sr']] } } };
    if (!title || Array.from(title).length > 300) return problem('the title');
    const asset = assets.get(url);
    if (!asset?.type.startsWith(`${kind}/`)) return problem(`the kind ${kind} for ${asset?.type}`);
    const needsPoster = kind === 'video';
    if (needsPoster !== (assets.get(video_poster_url ?? '')?.type === 'image/png')) return problem('the poster');
    posts.push(fields);
    const user_submitted_page = 'https://www.reddit.com/user/ana/submitted/';
    const websocket_url = `wss://ws.reddit.com/${secretWord}`;
    return { status: 200, body: { json: { errors: [], data: { user_submitted_page, websocket_url } } } };
  };

  const route = (seen: Seen): Reply | Promise<Reply> => {
    const what = `${seen.method} ${seen.path}`;
    if (!/kinoduct/.test(seen.headers['user-agent'] ?? '')) return problem('no user agent');
    if (Object.keys(seen.query).length > 0) return problem('a query');
    if (what === 'POST /api/v1/access_token') return token(seen);
    if (what === 'POST /bucket') return store(seen);
    if (!tokens.has((seen.headers['authorization'] ?? '').replace(/^Bearer /, '')))
      return { status: 401, body: { message: 'Unauthorized', error: 401 } };
    if (what === 'POST /api/media/asset.json') return lease(seen);
    if (what === 'POST /api/submit') return submit(seen);
    return problem(`there is no ${what}`);
  };

  const loopback = await startLoopback(route);
  const { host, url: origin } = loopback;
  return {
    ...loopback,
    urls: { token: `${origin}/api/v1/access_token`, api: origin },
    secret: JSON.stringify({
      clientId: 'client-1',
      clientSecret: `${secretWord}-client`,
      refreshToken: `${secretWord}-refresh`,
    }),
    violations,
    assets,
    posts,
    expireTokens: () => tokens.clear(),
  };
};
