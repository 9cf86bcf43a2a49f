/** docs/mission.md is complete, and what it names is there. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const top = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, top), 'utf8');

interface Row {
  readonly id: string;
  readonly promise: string;
  readonly here: string;
  readonly proof: string;
}

const rows = async (): Promise<readonly Row[]> =>
  [...(await read('docs/mission.md')).matchAll(/^\| (\d\.\d+) \| (.+) \| (.+) \| (.+) \|$/gm)].map(
    ([, id = '', promise = '', here = '', proof = '']) => ({ id, promise, here, proof }),
  );

/** How many rows each of the five systems has. */
const counts = [28, 34, 24, 30, 40] as const;

test('every row of the five systems is in docs/mission.md once', async () => {
  const ids = counts.flatMap((count, system) =>
    Array.from({ length: count }, (_, n) => `${system}.${system === 0 ? n : n + 1}`),
  );
  // The first system counts from 0.1 as well.
  expect((await rows()).map(({ id }) => id)).toEqual(ids.filter((id) => id !== '0.0'));
});

test('every row names a test that exists', async () => {
  for (const { id, proof } of await rows()) {
    const [, file = '', title] = /^`([^`]+)`(?: “(.+)”)?$/.exec(proof) ?? [];
    const text = await read(`test/${file}`).catch(() => undefined);
    expect(text, `${id}: ${file}`).toBeDefined();
    if (title !== undefined)
      expect(text?.includes(`'${title}'`) || text?.includes(`"${title}"`), `${id}: ${title}`).toBe(true);
  }
});

test('the number of kept rows is the one that the page tells', async () => {
  const all = await rows();
  const kept = all.filter(({ proof }) => !proof.startsWith('not yet'));
  expect(await read('docs/mission.md')).toContain(`${kept.length} of ${all.length} rows are kept.`);
});
