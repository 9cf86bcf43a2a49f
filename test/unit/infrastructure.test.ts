/** docs/infrastructure.md is complete, and what it names is there. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const top = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, top), 'utf8');

const rows = async () =>
  [...(await read('docs/infrastructure.md')).matchAll(/^\| I(\d+) \| (.+) \| (.+) \| (.+) \|$/gm)].map(
    ([, number = '', protection = '', , proof = '']) => ({ number: Number(number), protection, proof }),
  );

/** As GitHub makes anchors of headings. */
const anchors = (page: string): readonly string[] =>
  [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );

test('every row has its number, and the page tells how many there are', async () => {
  const all = await rows();
  expect(all.map(({ number }) => number)).toEqual(all.map((_, n) => n + 1));
  const left = all.filter(({ proof }) => proof.startsWith('['));
  expect(await read('docs/infrastructure.md')).toContain(`${all.length} rows, ${left.length} of them left out`);
});

test('every row names a test that exists, or the reason why it is left out', async () => {
  for (const { protection, proof } of await rows()) {
    const [, page = '', anchor] = /^\[\d{4}\]\(([^#)]+)(?:#(.+))?\)$/.exec(proof) ?? [];
    if (page !== '') {
      const text = await read(`docs/${page}`);
      if (anchor !== undefined) expect(anchors(text), protection).toContain(anchor);
      continue;
    }
    const [, file = '', title = ''] = /^`([^`]+)` “(.+)”$/.exec(proof) ?? [];
    const text = await read(`test/${file}`).catch(() => '');
    expect(text.includes(`'${title}'`) || text.includes(`"${title}"`), `${protection}: ${file} “${title}”`).toBe(true);
  }
});

test('every reason is that of a row', async () => {
  const page = await read('docs/decisions/0026-what-the-infrastructure-leaves-out.md');
  const reasons = anchors(page).filter((anchor) => !['context', 'what-it-costs'].includes(anchor));
  const named = (await rows()).flatMap(({ proof }) => /0026[^#]+#([^)]+)/.exec(proof)?.[1] ?? []);
  expect(named.toSorted()).toEqual(reasons.toSorted());
});
