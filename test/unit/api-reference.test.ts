import { readdir, readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { openapiDocument } from '#functions/api/openapi-document.ts';
import { routes } from '#functions/api/routes/index.ts';
import { openapi, references } from '../../scripts/references.ts';

const top = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, top), 'utf8');

describe('what is generated is up to date (`npm run reference` writes it)', () => {
  test('docs/reference/openapi.json', async () => {
    expect(JSON.parse(await read('docs/reference/openapi.json'))).toEqual(JSON.parse(JSON.stringify(openapi())));
  });

  test('the document that the API serves', () => {
    expect(openapiDocument()).toEqual(JSON.parse(JSON.stringify(openapi())));
  });

  test.each(['failures', 'outputs', 'inputs', 'edits', 'templates', 'metrics'])(
    'docs/reference/%s.md',
    async (page) => {
      const file = `docs/reference/${page}.md`;
      expect(await read(file)).toBe(references().find((reference) => reference.file === file)?.text);
    },
  );
});

describe('the route table', () => {
  test('has every file of the folder', async () => {
    const files = await readdir(new URL('functions/api/routes', top));
    const index = await read('functions/api/routes/index.ts');
    for (const file of files.filter((name) => !['index.ts', 'parts.ts'].includes(name)))
      expect(index).toContain(`from './${file}'`);
  });

  test('names every operation and every path once', () => {
    expect(new Set(routes.map(({ operationId }) => operationId)).size).toBe(routes.length);
    expect(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size).toBe(routes.length);
  });

  test('declares the parameters that its paths name, and says of each POST how it is repeated', () => {
    for (const { method, path, request, repeat } of routes) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect([path, Object.keys(request.params?.shape ?? {})]).toEqual([path, named]);
      expect([path, repeat !== undefined]).toEqual([path, method === 'POST']);
    }
  });

  test('is public only where it tells nothing of anybody', () => {
    const open = routes.filter(({ auth }) => !auth).map(({ method, path }) => `${method} ${path}`);
    expect(open).toEqual([
      'POST /v1/auth/token',
      'POST /v1/auth/revoke',
      'GET /health',
      'HEAD /health',
      'GET /openapi.json',
      'GET /',
    ]);
  });
});

describe('the bundle for Lambda', () => {
  const bundle = async (entry: string) => {
    const { metafile } = await build({
      entryPoints: [entry],
      absWorkingDir: top.pathname,
      outdir: 'out',
      bundle: true,
      splitting: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      mainFields: ['module', 'main'],
      external: ['@aws-sdk/*'],
    });
    // What is loaded at the start; the rest is loaded when it is asked for.
    const open = Object.keys(metafile.outputs).filter((name) => metafile.outputs[name]?.entryPoint === entry);
    const loaded = new Set<string>();
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (loaded.has(name)) continue;
      loaded.add(name);
      const imports = metafile.outputs[name]?.imports ?? [];
      open.push(
        ...imports.flatMap(({ path, kind, external }) => (kind === 'import-statement' && !external ? [path] : [])),
      );
    }
    const parts = [...loaded].flatMap((name) => metafile.outputs[name] ?? []);
    return {
      bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
      files: parts.flatMap(({ inputs }) => Object.keys(inputs)),
    };
  };

  test('is small, and holds nothing that only documents', async () => {
    const { bytes, files } = await bundle('functions/api/api.lambda.ts');
    // The job language and the planner are in it: a job is refused when it is sent, not when it is planned.
    expect(bytes).toBeLessThan(500 * 1024);
    expect(files.filter((file) => /zod-openapi|adapters\/(sql|memory|filesystem|ffmpeg)|^local/.test(file))).toEqual(
      [],
    );
  }, 30_000);

  test('of the route table alone, which CDK imports, brings no adapter and no SDK', async () => {
    const { files } = await bundle('functions/api/routes/index.ts');
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => /^adapters|@aws-sdk|@middy|^node_modules\/(?!zod)/.test(file))).toEqual([]);
  }, 30_000);
});
