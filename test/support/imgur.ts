/** Imgur's upload endpoint on loopback: a request that is not as documented is noted and refused. */
import { secretWord } from './delivery.ts';
import { formOf, type Reply, type Seen, startLoopback } from './loopback.ts';

export const startImgur = async () => {
  const violations: string[] = [];
  const posts: { readonly fields: Readonly<Record<string, string>>; readonly content: Buffer; readonly as: string }[] =
    [];
  const authorization = `Client-ID ${secretWord}1`;

  const problemOf = (seen: Seen): string | undefined => {
    if (`${seen.method} ${seen.path}` !== 'POST /3/image') return `there is no ${seen.method} ${seen.path}`;
    if (Object.keys(seen.query).length > 0) return 'a query';
    if (!seen.headers['content-type']?.startsWith('multipart/form-data; boundary=')) return 'no multipart form';
    if (Number(seen.headers['content-length']) !== seen.body.length) return 'no length';
    return undefined;
  };

  const loopback = await startLoopback(async (seen): Promise<Reply> => {
    const problem = problemOf(seen);
    if (problem !== undefined) {
      violations.push(problem);
      return { status: 400, body: { data: { error: problem }, success: false, status: 400 } };
    }
    if (seen.headers['authorization'] !== authorization)
      return { status: 403, body: { data: { error: `Invalid client_id ${secretWord}` }, success: false, status: 403 } };
    const entries = await formOf(seen);
    const fields = Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
    const [[as, file] = ['', undefined], ...more] = entries.filter(([, value]) => value instanceof File);
    if (!(file instanceof File) || more.length > 0 || (as !== 'image' && as !== 'video')) {
      violations.push('not exactly one file as image or video');
      return { status: 400, body: {} };
    }
    posts.push({
      fields: { ...fields, fileName: file.name, fileType: file.type },
      content: Buffer.from(await file.arrayBuffer()),
      as,
    });
    const id = `post${posts.length}`;
    const link = `https://i.imgur.com/${id}.${as === 'video' ? 'mp4' : 'png'}`;
    return {
      status: 200,
      body: { data: { id, deletehash: `${secretWord}-delete`, link }, success: true, status: 200 },
    };
  });

  return { ...loopback, api: `${loopback.url}/3`, violations, posts, secret: authorization };
};
