/** The log of the local host: a file under the data folder. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLog } from '#adapters/system/json-log.ts';
import type { Log } from '#core/ports/log.ts';
import { traceFields } from './trace.ts';

const maxFileBytes = 20 * 1024 * 1024;

/**
 * Adds to `log/kinoduct.log`; when that has become large it goes on in a new one and keeps the last as
 * `kinoduct.1.log`. Every line is written at once, so that a killed server has told all that it did.
 */
export const fileLog = (
  dataFolder: string,
  maxBytes = maxFileBytes,
): { log: Log; file: string; close: () => Promise<void> } => {
  const folder = join(dataFolder, 'log');
  const file = join(folder, 'kinoduct.log');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const open = (): number => openSync(file, 'a', 0o600);
  let to = open();
  let bytes = fstatSync(to).size;
  const write = (line: string): void => {
    if (bytes > maxBytes) {
      closeSync(to);
      renameSync(file, join(folder, 'kinoduct.1.log'));
      to = open();
      bytes = 0;
    }
    bytes += writeSync(to, line);
  };
  return { log: jsonLog(write, { context: traceFields }), file, close: async () => closeSync(to) };
};
