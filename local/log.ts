/** The log of the local host: one JSON object a line, in a file or on stdout. */
import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '#core/ports/log.ts';

const maxFieldLength = 1000;
const maxFileBytes = 20 * 1024 * 1024;

/** Control and bidirectional characters: JSON escapes some, and a terminal obeys the rest. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const plain = (value: string): string => value.replaceAll(unprintable, ' ').slice(0, maxFieldLength);

const asField = (_key: string, value: unknown): unknown => {
  if (typeof value === 'string') return plain(value);
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: plain(value.message), stack: value.stack, cause: value.cause };
};

/** Log lines for `write`, which gets each with its line feed. */
export const jsonLog = (write: (line: string) => void, now: () => number = Date.now): Log => {
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields }, asField)}\n`);
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** A log file under the data folder; a large one of earlier runs is kept once, as `kinoduct.1.log`. */
export const fileLog = (dataFolder: string): { log: Log; file: string; close(): Promise<void> } => {
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
