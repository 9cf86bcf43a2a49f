import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { repository } from '../repository.ts';
import { requireForModules } from './require-for-modules.ts';

/**
 * What the runtime of Lambda surely brings of the AWS SDK. The signer of RDS, and parts that it needs in its own version, are
 * bundled.
 */
const external = ['@aws-sdk/client-*', '@aws-sdk/lib-*', '@aws-sdk/s3-request-presigner'];

/**
 * Hands the code of a function, bundled from `entry`, to `make`, which must put it into the construct tree. What is loaded
 * by `import()` is a file of its own beside `index.mjs`, so that nobody waits for what their deployment does not use.
 */
export const withBundle = <Made>(entry: string, make: (code: Code) => Made): Made => {
  const folder = mkdtempSync(join(tmpdir(), 'kinoduct-bundle-'));
  try {
    buildSync({
      absWorkingDir: repository(),
      entryPoints: { index: entry },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      mainFields: ['module', 'main'],
      external,
      minify: true,
      legalComments: 'none',
      logLevel: 'warning',
      banner: { js: requireForModules },
    });
    return make(Code.fromAsset(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
