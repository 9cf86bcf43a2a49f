/** The two kinds of load: a number of jobs, so many at a time, or people who come and stay. */
import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Client } from '../client.ts';
import type { LoadOptions } from './options.ts';
import { stay } from './people.ts';
import { type Recorder, recorder } from './report.ts';

export interface Load {
  readonly client: Client;
  readonly newClip: () => Promise<string>;
  readonly signal: AbortSignal;
}

const convertOne = async ({ client, newClip }: Load, record: Recorder): Promise<void> => {
  const clip = await newClip();
  try {
    await record.timed('job, from upload to end', async () => {
      const upload = await record.timed('upload', () => client.upload(clip));
      const job = { inputs: { in: upload }, outputs: { out: { type: 'video', size: { shortSide: 240 } } } };
      const { id } = await record.timed('submit', () => client.submit(job));
      const { error } = await client.ended(id);
      if (error) throw new Error(error.code);
    });
  } finally {
    await rm(clip, { force: true });
  }
};

/** Resolves when every job has ended, or the signal was given. */
export const loadOfJobs = async (
  load: Load,
  { jobs, concurrent }: Pick<LoadOptions, 'jobs' | 'concurrent'>,
): Promise<Recorder> => {
  const record = recorder();
  const limit = pLimit(concurrent);
  const one = async (): Promise<void> => {
    if (!load.signal.aborted) await convertOne(load, record).catch(() => undefined); // counted
  };
  await Promise.all(Array.from({ length: jobs }, () => limit(one)));
  return record;
};

/** Resolves when all of them have gone. What they submitted goes on. */
export const loadOfPeople = async (
  load: Load,
  { users = 1, seconds, burst, ...options }: LoadOptions,
): Promise<Recorder> => {
  const record = recorder();
  const signal = AbortSignal.any([load.signal, AbortSignal.timeout(seconds * 1000)]);
  const everyMs = burst ? 0 : 1000 / options['spawn-rate'];
  await Promise.all(
    Array.from({ length: users }, async (_, n) => {
      await setTimeout(n * everyMs, undefined, { signal }).catch(() => undefined);
      await stay({ ...load, record, signal }, { waits: !burst });
    }),
  );
  return record;
};
