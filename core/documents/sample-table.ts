import { Failure } from '../failures.ts';
import { readSampleTable, writeSampleTable } from '../media/mp4/sample-table.ts';
import type { MakeDocument } from './define-document.ts';

/** The table that a join is made from, as JSON. */
export const sampleTable: MakeDocument<'sample-table'> = async ({ of }, files) => {
  const found = (await files.list()).find(({ file }) => file === of);
  if (!found) throw new Failure('encode.verify_failed', { detail: `${of} was not written.`, phase: 'checking' });
  const read = (start: number, end: number): Promise<Uint8Array> => files.bytes(of, start, end - start);
  return writeSampleTable(await readSampleTable({ bytes: found.bytes, read }));
};
