/** The log of the local host: a file under the data folder. */
import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLog } from '#adapters/system/json-log.ts';
import type { Log } from '#core/ports/log.ts';

const maxFileBytes = 20 * 1024 * 1024;

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Adds to `log/kinoduct.log`; where that has become large, starts a new one and keeps the last as `kinoduct.1.log`. */
export const fileLog = (dataFolder: string): { log: Log; file: string; close: () => Promise<void> } => {
  const folder = join(dataFolder, 'log');
  const file = join(folder, 'kinoduct.log');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (sizeOf(file) > maxFileBytes) renameSync(file, join(folder, 'kinoduct.1.log'));
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  return {
    log: jsonLog((line) => stream.write(line)),
    file,
    close: () => new Promise((resolve) => stream.end(resolve)),
  };
};
