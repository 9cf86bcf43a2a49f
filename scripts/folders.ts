/** Folders and who imports whom: from the imports themselves and from .dependency-cruiser.cjs. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const top = path.resolve(import.meta.dirname, '..');

interface Rule {
  readonly name: string;
  readonly comment: string;
}

const rules = (): readonly Rule[] => {
  const { forbidden }: { forbidden: readonly Rule[] } = createRequire(import.meta.url)(
    path.join(top, '.dependency-cruiser.cjs'),
  );
  return forbidden;
};

const orderRule = 'core-order-';

/** The folders of core/ in the order of the flow. The last one has no rule of its own: it may import all others. */
const coreOrder = (): readonly string[] => {
  const ordered = rules().flatMap(({ name }) => (name.startsWith(orderRule) ? [name.slice(orderRule.length)] : []));
  const last = readdirSync(path.join(top, 'core'), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    .filter((name) => !ordered.includes(name) && name !== 'ports');
  return [...ordered, ...last];
};

/** Each part of the product, with the files that belong to it. */
const parts: Readonly<Record<string, { readonly folder: string; readonly of?: RegExp }>> = {
  core: { folder: 'core' },
  adapters: { folder: 'adapters' },
  apps: { folder: 'functions', of: /(?<!wiring|\.lambda|\.task)\.ts$/ },
  hosts: { folder: 'functions', of: /(wiring|\.lambda|\.task)\.ts$/ },
  local: { folder: 'local' },
  cli: { folder: 'cli' },
  client: { folder: 'client' },
  console: { folder: 'console' },
  lib: { folder: 'lib' },
  layers: { folder: 'layers' },
};

const labels: Readonly<Record<string, string>> = {
  core: 'core/<br/>what a job, a plan, a check is',
  adapters: 'adapters/<br/>S3, DynamoDB, SQL, FFmpeg, …',
  apps: 'functions/*/app.ts<br/>API, workflow, runner, transfer, drop',
  hosts: 'functions/*/wiring.ts, *.lambda.ts<br/>the apps on AWS',
  local: 'local/<br/>the apps on one machine',
  cli: 'cli/',
  client: 'client/',
  console: 'console/',
  lib: 'lib/, bin/<br/>AWS resources',
  layers: 'layers/<br/>which FFmpeg, which fonts',
};

/** What the files import from elsewhere: across folders an alias is used, within them a relative path. */
const imported = ({ folder, of = /\.tsx?$/ }: { readonly folder: string; readonly of?: RegExp }): string[] => {
  const files = readdirSync(path.join(top, folder), { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => of.test(file))
    .flatMap((file) => [
      ...readFileSync(path.join(top, folder, file), 'utf8').matchAll(/(?:from |import\()'#([a-z]+)\//g),
    ])
    .map(([, name = '']) => name);
  return found.filter((name) => name !== folder);
};

/** Which part an import of that folder leads to. Nothing imports a host. */
const target = (folder: string): string => (folder === 'functions' ? 'apps' : folder);

/** Without the arrows that follow from others: who imports adapters, which import core, may import core. */
const reduced = (edges: ReadonlyMap<string, ReadonlySet<string>>): [string, string][] => {
  const reach = (from: string): Set<string> =>
    new Set([...(edges.get(from) ?? [])].flatMap((next) => [next, ...reach(next)]));
  return [...edges].flatMap(([from, to]) =>
    [...to]
      .filter((one) => ![...to].some((other) => other !== one && reach(other).has(one)))
      .map((one): [string, string] => [from, one]),
  );
};

/** Who imports whom, as it is. */
export const foldersDiagram = (): string => {
  const edges = new Map(
    Object.entries(parts).map(([name, part]) => [
      name,
      new Set([
        ...imported(part)
          .map(target)
          .filter((to) => to !== name && Object.hasOwn(parts, to)),
        // Beside each other in one folder, so without an alias.
        ...(name === 'hosts' ? ['apps'] : []),
      ]),
    ]),
  );
  return [
    '```mermaid',
    'flowchart TD',
    ...Object.keys(parts).map((name) => `  ${name}["${labels[name] ?? name}"]`),
    ...reduced(edges).map(([from, to]) => `  ${from} --> ${to}`),
    '```',
  ].join('\n');
};

/** The order of core/ in a line. */
export const coreLine = (): string =>
  coreOrder()
    .map((folder) => `\`${folder}\``)
    .join(' ← ');

/** The rules that are more than that order. */
export const rulesTable = (): string =>
  [
    '| rule | what it says |',
    '|---|---|',
    ...rules()
      .filter(({ name }) => !name.startsWith(orderRule))
      .map(({ name, comment }) => `| \`${name}\` | ${comment} |`),
  ].join('\n');
