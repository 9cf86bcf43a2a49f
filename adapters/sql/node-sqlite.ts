/** `node:sqlite` in the shape that kysely's own SqliteDialect asks for, so that no native package is needed. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { Failure } from '#core/failures.ts';

/** SQLite's result codes; the extended ones carry them in their low byte. https://www.sqlite.org/rescode.html */
const resultCodes = { busy: 5, locked: 6, full: 13 };

const resultCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;

const translated = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    const code = resultCode(error);
    if (code === resultCodes.busy || code === resultCodes.locked) {
      throw new Failure('platform.throttled', { detail: 'Another process holds the database.' }, { cause: error });
    }
    if (code === resultCodes.full) {
      throw new Failure('limit.storage', { detail: 'The disk that holds the database is full.' }, { cause: error });
    }
    throw error;
  }
};

/**
 * Opens or makes the file, in a folder that is made where it is missing. `synchronous = FULL` costs an fsync per commit
 * and is what makes an answered request survive a power cut: WAL with NORMAL may lose the last commits.
 */
export const nodeSqlite = (file: string): SqliteDatabase => {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec('pragma journal_mode = wal; pragma synchronous = full;');
  return {
    close: () => db.close(),
    prepare: (sql): SqliteStatement => {
      const statement = translated(() => db.prepare(sql));
      // true: kysely binds only what the queries of this folder pass, and those are strings and numbers
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => translated(() => statement.all(...values(parameters))),
        run: (parameters) => translated(() => statement.run(...values(parameters))),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
};
