/** What the runner's image is built from, as a folder: the same for a deployment, for a test and for a build by hand. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { assetFiles } from '#layers/assets/assets.ts';
import { repository } from '../repository.ts';
import { requireForModules } from './require-for-modules.ts';

const source = 'functions/ffmpeg-runner';

/**
 * The runner bundled with everything it imports, the AWS SDK too, so that the image needs no network but for FFmpeg, and
 * changes only when our code, the Dockerfile or the pinned FFmpeg do. What is imported when it is needed is a file of its
 * own: nobody waits for PostgreSQL's client to be compiled who has no PostgreSQL. All lie in one folder, because code
 * looks for the assets beside itself.
 */
const bundle = (folder: string): void => {
  buildSync({
    absWorkingDir: repository(),
    entryPoints: { runner: `${source}/runner.lambda.ts`, task: `${source}/runner.task.ts` },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: requireForModules },
  });
};

/** Fills a folder with the Dockerfile, `vendor/`, `assets/`, `runner.mjs`, `task.mjs` and what these import. */
export const layOutRunnerImage = (folder: string): void => {
  for (const part of ['Dockerfile', 'vendor'])
    cpSync(repository(`${source}/${part}`), join(folder, part), { recursive: true });
  for (const [name, file] of Object.entries(assetFiles)) cpSync(file, join(folder, 'assets', name));
  bundle(folder);
};
