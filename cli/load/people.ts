/**
 * People who use Kinoduct at the same time: each chooses what to do next by weight, and waits three to five seconds
 * between. Some of them come in a burst and wait for nothing.
 */
import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Client } from '../client.ts';
import type { Recorder } from './report.ts';

export interface Person {
  readonly client: Client;
  readonly record: Recorder;
  /** The path of a clip that nobody has sent before. */
  readonly newClip: () => Promise<string>;
  readonly signal: AbortSignal;
}

type Act = (person: Person, jobs: string[]) => Promise<void>;

const ask = (person: Person, what: string, path: string): Promise<void> =>
  person.record.timed(what, async () => {
    const answer = await person.client.request('GET', path);
    await answer.arrayBuffer();
    if (answer.status >= 400) throw new Error(`status ${answer.status}`);
  });

const convert: Act = async ({ client, record, newClip }, jobs) => {
  const clip = await newClip();
  const upload = await record.timed('upload', async () => {
    try {
      return await client.upload(clip);
    } finally {
      await rm(clip, { force: true });
    }
  });
  const job = { inputs: { in: upload }, outputs: { out: { type: 'video', size: { shortSide: 240 } } } };
  const { id } = await record.timed('submit', () => client.submit(job));
  jobs.push(id);
};

const look: Act = async (person, jobs) => {
  const id = jobs[Math.floor(Math.random() * jobs.length)];
  if (id !== undefined) await ask(person, 'look at a job', `/v1/jobs/${id}`);
};

/** The most frequent one first. */
const acts: readonly { readonly weight: number; readonly act: Act }[] = [
  { weight: 10, act: convert },
  { weight: 5, act: look },
  { weight: 3, act: (person) => ask(person, 'list jobs', '/v1/jobs?limit=50') },
  { weight: 2, act: (person) => ask(person, 'stats', '/v1/stats') },
  { weight: 1, act: (person) => ask(person, 'health', '/health') },
];
const weights = acts.reduce((sum, { weight }) => sum + weight, 0);

/** `drawn` lies in 0..1. */
export const chosen = (drawn: number): Act => {
  let left = drawn * weights;
  for (const { weight, act } of acts) {
    left -= weight;
    if (left < 0) return act;
  }
  return look;
};

/** Goes on until the signal; what fails is counted and does not stop anybody. */
export const stay = async (person: Person, { waits }: { readonly waits: boolean }): Promise<readonly string[]> => {
  const jobs: string[] = [];
  while (!person.signal.aborted) {
    const failed = await chosen(Math.random())(person, jobs).then(
      () => false,
      () => true,
    );
    const pause = waits ? 3000 + Math.random() * 2000 : Number(failed) * 250;
    await setTimeout(pause, undefined, { signal: person.signal }).catch(() => undefined);
  }
  return jobs;
};
