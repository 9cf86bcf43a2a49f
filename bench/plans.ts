/** How long the plan of a job with ten inputs takes: `npm run bench -- plans [<rounds>]`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { clientOf } from '#test/e2e/deployment.ts';
import { newDataFolder, removeFolder, startServer } from '#test/support/server.ts';
import { median, runFfmpeg } from './measure.ts';
import { serveFile } from './range-server.ts';
import { startReport } from './report.ts';

const inputs = 10;
const clipSeconds = 20;
const runs = Number(process.argv[2] ?? 9);

const Imported = z.object({ items: z.array(z.object({ id: z.string() })) });
const Planned = z.object({ hash: z.string(), tasks: z.array(z.unknown()) });

const report = startReport('plans');
const folder = await mkdtemp(join(tmpdir(), 'kinoduct-bench-'));
const names = Array.from({ length: inputs }, (_, n) => `clip${n}`);
for (const [n, name] of names.entries()) {
  const picture = `testsrc2=size=1280x720:rate=30:duration=${clipSeconds},hue=h=${n * 36}`;
  const source = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', `sine=frequency=${220 + n}`, '-shortest'];
  await runFfmpeg(['-nostdin', '-v', 'error', ...source, '-preset', 'ultrafast', `${name}.mp4`], folder);
}
const origins = await Promise.all(names.map((name) => serveFile(join(folder, `${name}.mp4`))));
const server = await startServer({
  dataFolder: await newDataFolder(),
  args: ['--private-hosts', origins.map(({ url }) => new URL(url).host).join()],
});
const client = await clientOf(server, 'bench');
const imports = Object.fromEntries(names.map((name, n) => [name, origins[n]?.url ?? '']));
const { id } = await client.submit({ inputs: imports, outputs: { sum: { type: 'checksum', from: 'clip0' } } });
const imported = await client.ended(id);
if (imported.status !== 'succeeded') throw new Error(imported.error?.message ?? imported.status);
const { items } = Imported.parse(await (await client.request('GET', '/v1/media')).json());
const library = Object.fromEntries(names.map((name, n) => [name, items[n]?.id ?? '']));

/** Milliseconds from the request to the answer, and how many tasks are in it. */
const planned = async (seed: number): Promise<{ readonly ms: number; readonly tasks: number }> => {
  const all = { type: 'video', from: { concat: names }, size: { width: 1280, height: 720 } };
  const each = names.map((name) => [`web-${name}`, { type: 'video', from: name, size: { shortSide: 480 } }]);
  const body = { inputs: library, outputs: { all, ...Object.fromEntries(each) }, seed };
  const begun = performance.now();
  const answer = await client.request('POST', '/v1/plans', { body });
  const text = await answer.text();
  const ms = performance.now() - begun;
  if (!answer.ok) throw new Error(text);
  return { ms, tasks: Planned.parse(JSON.parse(text)).tasks.length };
};

const rounds = [];
for (let n = 0; n < runs; n += 1) rounds.push(await planned(n));
await server.end('SIGTERM');
await removeFolder(server.dataFolder);
for (const origin of origins) origin.close();
await rm(folder, { recursive: true, force: true });

const first = Math.round(rounds[0]?.ms ?? Infinity);
const others = Math.round(median(rounds.slice(1).map(({ ms }) => ms)));
await report({
  title: 'How long a plan takes',
  how: `\`POST /v1/plans\` for ${inputs} items of the library, each to a rendition and all of them joined to one film: ${rounds[0]?.tasks} tasks, with their arguments, places and prices. The first asks of a server that has planned nothing before; ${runs} in all.`,
  rows: [
    { what: 'the first', measured: `${first} ms`, target: '≤ 1000 ms', met: first <= 1000 },
    { what: 'each of the others, median', measured: `${others} ms`, target: '≤ 1000 ms', met: others <= 1000 },
  ],
  raw: { rounds },
});
