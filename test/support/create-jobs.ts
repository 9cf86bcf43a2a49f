/** A process that creates jobs in a SQLite file for ever, and writes the id of each that was acknowledged. To be killed. */
import { writeSync } from 'node:fs';
import { openSqlite } from '#adapters/sql/sqlite.ts';
import { aFetchTask, aJob, aTask, jobId } from './records.ts';

const [file = ''] = process.argv.slice(2);
const { jobs } = await openSqlite({ file });
for (let n = 1; ; n += 1) {
  await jobs.create(aJob({ id: jobId(n), status: 'running', attempt: 1 }));
  await jobs.saveTasks(jobId(n), [aTask(), aFetchTask()]);
  writeSync(1, `${jobId(n)}\n`);
}
