/** Writes objects into the folder of its first argument until it is killed, one digit over and over in each. */
import { filesystemObjectStore } from '#adapters/filesystem/object-store.ts';
import { signedUrls } from '#adapters/filesystem/signed-urls.ts';

const urls = signedUrls({ secret: new Uint8Array(32), origin: () => 'http://127.0.0.1' });
const store = filesystemObjectStore({ root: process.argv[2] ?? '', urls });
process.stdout.write('ready\n');
for (let n = 0; ; n += 1) {
  const digit = String(n % 10);
  await store.write('work/ana/same', digit.repeat(1 + (n % 7) * 50_000), { contentType: `digit/${digit}` });
}
