/** Pages for people: what is generated in them is up to date, what they link to is there, and what they claim has a test. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { partOf } from '../../scripts/marked.ts';
import { parts } from '../../scripts/parts.ts';

const top = path.resolve(import.meta.dirname, '../..');
const read = (file: string): Promise<string> => readFile(path.join(top, file), 'utf8');

/** Every page of the repository, from its top. */
const pages = async (): Promise<readonly string[]> => {
  const below = async (folder: string): Promise<string[]> =>
    (await readdir(path.join(top, folder), { recursive: true }))
      .filter((file) => file.endsWith('.md'))
      .map((file) => path.join(folder, file));
  const folders = ['docs', 'statemachines', 'examples', 'observability', 'layers', 'bench/results'];
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...(await Promise.all(folders.map(below))).flat()];
};

describe('what is generated in a page is up to date (`npm run reference` writes it)', () => {
  test.each(parts())('$name of $file', async (part) => {
    expect(partOf(await read(part.file), part)).toBe(part.text.trim());
  });
});

/** As GitHub makes them: small letters, no punctuation, dashes for spaces. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/`|\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): Set<string> =>
  new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));

const withoutCode = (page: string): string => page.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');

test('every link of a page leads somewhere', async () => {
  const broken: string[] = [];
  for (const page of await pages())
    for (const [, link = ''] of withoutCode(await read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(top, target))) broken.push(`${page}: ${link}`);
      else if (anchor !== undefined && !anchorsOf(await read(target)).has(anchor)) broken.push(`${page}: ${link}`);
    }
  expect(broken).toEqual([]);
});

test('README.md tells of costs what docs/deploy.md computes', async () => {
  const [deploy, readme] = await Promise.all(['docs/deploy.md', 'README.md'].map(read));
  const dollars = (pattern: RegExp): number => Number(pattern.exec(deploy ?? '')?.[1]);
  expect(Math.round(dollars(/^\| \*\*together\*\*.*\$(\d+\.\d+)/m))).toBe(7);
  expect(Math.round(dollars(/^\| ten minutes of 1080p to the same \| \$(\S+)/m) * 100)).toBe(3);
  expect(dollars(/one HD rendition of ten minutes is \$(\S+)/)).toBe(0.15);
  expect(readme).toContain('Idle it costs some $7 a month');
  expect(readme).toMatch(/to a 720p MP4 some three\s+cents, where an encoder that is paid by the minute takes fifteen/);
});

test('docs/README.md leads to every page of docs/', async () => {
  const index = await read('docs/README.md');
  const own = (await pages()).filter((page) => /^docs\/(\w|-)+\.md$/.test(page) && page !== 'docs/README.md');
  for (const page of own) expect(index).toContain(`](${path.basename(page)})`);
  const references = (await pages()).filter((page) => page.startsWith('docs/reference/'));
  for (const page of references) expect(index).toContain(`](reference/${path.basename(page)})`);
});

test('every folder has its line in docs/architecture.md', async () => {
  const page = await read('docs/architecture.md');
  const ours = ['adapters', 'bench', 'bin', 'cli', 'client', 'console', 'core', 'docs', 'examples', 'functions'];
  const more = ['layers', 'lib', 'local', 'observability', 'scripts', 'statemachines', 'test'];
  for (const folder of [...ours, ...more]) expect(page, folder).toMatch(new RegExp(`^\\| .*\`${folder}/\``, 'm'));
});

describe('docs/threat-model.md', () => {
  const proofs = async () =>
    [...(await read('docs/threat-model.md')).matchAll(/^\| (?!---)(?:.+) \| (.+) \|$/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([\w./-]+\.ts)`((?: “[^”]+”,?)*)/g)].map(([, file = '', titles = '']) => ({
        file,
        titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
      })),
    );

  test('names tests that exist', async () => {
    const found = await proofs();
    expect(found.length).toBeGreaterThan(40);
    for (const { file, titles } of found) {
      const text = await read(`test/${file}`).catch(() => undefined);
      expect(text, file).toBeDefined();
      for (const title of titles)
        expect(text?.includes(`'${title}`) || text?.includes(`"${title}`), `${file}: ${title}`).toBe(true);
    }
  });

  test('says of every attack how it is met, and what shows it or that nothing does', async () => {
    const attacks = [...(await read('docs/threat-model.md')).matchAll(/^\| ([A-Z]\d+(?:, [A-Z]\d+)*) \| (.+) \|$/gm)];
    expect(attacks.length).toBeGreaterThan(40);
    for (const [, ids, cells = ''] of attacks) expect(cells, ids).toMatch(/`[\w./-]+\.ts`|no test: /);
  });
});
