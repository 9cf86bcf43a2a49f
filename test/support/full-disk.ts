/** Composes two objects on a disk that is too small for it, and prints how that ends and what it leaves behind. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { filesystemObjectStore } from '#adapters/filesystem/object-store.ts';
import { signedUrls } from '#adapters/filesystem/signed-urls.ts';
import { toFailure } from '#core/failures.ts';

const [root = ''] = process.argv.slice(2);
const urls = signedUrls({ secret: new Uint8Array(32), origin: () => 'http://127.0.0.1' });
const store = filesystemObjectStore({ root, urls });
const type = { contentType: 'video/mp4' };
const pieces = [
  await store.write('work/a', Buffer.alloc(2 ** 20), type),
  await store.write('work/b', Buffer.alloc(2 ** 20), type),
];
const ended = await store.compose('work/whole', pieces, type).then(
  () => 'composed',
  (error: unknown) => toFailure(error).code,
);
const isThere = (await store.head('work/whole')) !== undefined;
const left = await readdir(join(root, 'staging'));
process.stdout.write(JSON.stringify({ ended, isThere, left }));
