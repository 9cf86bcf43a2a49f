/** The house holds: lists match folders, and the import checker saw what it is meant to check. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { analysisDefinitions } from '#core/analyses/index.ts';
import { editDefinitions } from '#core/edits/index.ts';
import { editKinds } from '#core/job/edits.ts';
import { inputKinds } from '#core/job/inputs.ts';
import { OutputObject } from '#core/job/outputs.ts';
import { inputDefinitions } from '#core/inputs/index.ts';
import { outputDefinitions } from '#core/outputs/index.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Files of a folder of kinds that are no kind themselves. */
const shared = new Set([
  'index.ts',
  'define-input.ts',
  'define-output.ts',
  'define-edit.ts',
  'anchor.ts',
  'during.ts',
  'line-breaks.ts',
  'sans-widths.ts',
  'define-analysis.ts',
  'printed.ts',
  'stored.ts',
  'picture.ts',
  'sound.ts',
  'predict.ts',
  'window.ts',
  'grid.ts',
  'looked-at.ts',
  'clip-parts.ts',
  'normalize.ts',
  'container-file.ts',
  'cut.ts',
  'join.ts',
  'layers.ts',
  'shape.ts',
  'invariant.ts',
]);

const kindsIn = (folder: string): string[] =>
  readdirSync(path.join(root, 'core', folder))
    .filter((file) => !shared.has(file))
    .map((file) => path.basename(file, '.ts'))
    .toSorted();

test('every kind of a folder is in its list', () => {
  expect(outputDefinitions.map(({ type }) => type).toSorted()).toEqual(kindsIn('outputs'));
  expect(inputDefinitions.map(({ kind }) => kind).toSorted()).toEqual(kindsIn('inputs'));
  expect(analysisDefinitions.map(({ kind }) => kind).toSorted()).toEqual(kindsIn('analyses'));
  expect(editDefinitions.map(({ kind }) => kind).toSorted()).toEqual(kindsIn('edits'));
});

test('every kind of the job language is built', () => {
  expect(inputDefinitions.map(({ kind }) => kind).toSorted()).toEqual(inputKinds.toSorted());
  expect(editDefinitions.map(({ kind }) => kind).toSorted()).toEqual(editKinds.toSorted());
  const outputKinds = OutputObject.options.map(({ shape }) => shape.type.value);
  expect(outputDefinitions.map(({ type }) => type).toSorted()).toEqual(outputKinds.toSorted());
});

test('the import rules hold, and the checker saw every module of core', { timeout: 60_000 }, () => {
  const output = execFileSync(
    process.execPath,
    [
      path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'core'],
    ],
    { cwd: root, maxBuffer: 64 * 2 ** 20, encoding: 'utf8' },
  );
  const report: unknown = JSON.parse(output);
  const files = readdirSync(path.join(root, 'core'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  expect(report).toMatchObject({ summary: { error: 0 } });
  const { modules } = report as { modules: { source: string; dependencies: unknown[] }[] }; // the tool's documented shape
  const seen = modules.filter(({ source }) => source.startsWith('core/'));
  expect(seen.length).toBe(files.length);
  // A parser that is missing sees files but no imports.
  expect(seen.reduce((sum, { dependencies }) => sum + dependencies.length, 0)).toBeGreaterThan(files.length);
});
