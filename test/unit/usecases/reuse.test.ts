import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { manualClock } from '#adapters/memory/clock.ts';
import { canonicalize } from '#core/job/canonical.ts';
import { contentKeys } from '#core/job/content-key.ts';
import type { JobSpec } from '#core/job/spec.ts';
import type { JobRecord } from '#core/job/state.ts';
import { presets } from '#core/presets/index.ts';
import { holdOutputs, releaseOutputs, rememberOutputs } from '#core/usecases/reuse-outputs.ts';
import { aJob, aSpec, jobId } from '#test/support/records.ts';
import { anOutput } from '#test/support/webhooks.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const keysOf = (spec: Partial<JobSpec>, { bytes = 'a', build = '1' } = {}) =>
  contentKeys(canonicalize(aSpec(spec), presets), {
    objectOf: () => ({ key: `uploads/${Math.random()}`, etag: bytes, bytes: 1 }),
    build,
    hash,
  });
const outputs = { mp4: 'mp4', still: { type: 'image', from: 'mp4', at: 1 } } as const;

test('a key says what the bytes depend on, and nothing else', () => {
  const keys = keysOf({ outputs });
  expect(keysOf({ outputs })).toEqual(keys);
  expect(keysOf({ outputs, labels: { a: 'b' }, name: 'x', onError: 'continue' })).toEqual(keys);
  const delivered = { mp4: outputs.mp4, still: { ...outputs.still, path: 'x/y.jpg', label: 'for the page' } };
  expect(keysOf({ outputs: delivered })).toEqual(keys);
  const asWritten = { still: { at: 1, from: 'mp4', type: 'image' }, mp4: 'mp4' } as const;
  expect(keysOf({ outputs: asWritten })).toEqual(keys);
});

test('other bytes, another build, another window, and what it is made of make another key', () => {
  const keys = keysOf({ outputs });
  for (const other of [
    keysOf({ outputs }, { bytes: 'b' }),
    keysOf({ outputs }, { build: '2' }),
    keysOf({ outputs, inputs: { video: { upload: 'upl_00000000000000000000000001', start: 1 } } }),
    keysOf({ outputs: { ...outputs, mp4: 'mp4-fast' } }),
  ]) {
    expect(other['mp4']).not.toBe(keys['mp4']);
    expect(other['still']).not.toBe(keys['still']);
  }
  const still = keysOf({ outputs: { mp4: 'mp4', still: { ...outputs.still, at: 2 } } });
  expect(still['mp4']).toBe(keys['mp4']);
  expect(still['still']).not.toBe(keys['still']);
});

test('where the bytes of an input are not known, nothing that is made of it has a key', () => {
  const job = canonicalize(
    aSpec({
      inputs: { a: { url: 'https://e.example/a.mp4' }, b: { color: '#ff0000', seconds: 1 } },
      outputs: { one: { type: 'video', from: 'a' }, two: { type: 'video', from: 'b' } },
    }),
    presets,
  );
  expect(Object.keys(contentKeys(job, { objectOf: () => undefined, build: '1', hash }))).toEqual(['two']);
});

const world = (jobs: readonly JobRecord[] = []) => ({
  made: memoryMadeStore(),
  objects: memoryObjectStore({ clock: manualClock() }),
  jobs: memoryJobStore(jobs),
  clock: manualClock(),
  build: '1',
  hash,
});
type World = ReturnType<typeof world>;

const keys = { mp4: 'key' };
const key = `outputs/ana/${jobId(1)}/t/r/out.mp4`;
/** A job that has made one file, and is remembered. */
const madeBy = async (deps: World): Promise<JobRecord> => {
  const { bytes } = await deps.objects.write(key, 'made', { contentType: 'video/mp4' });
  const file = { name: 'out.mp4', key, bytes, type: 'video/mp4', sha256: null };
  const job = aJob({ status: 'succeeded', contentKeys: keys, outputs: { mp4: { ...anOutput, files: [file] } } });
  await rememberOutputs(deps, job);
  return job;
};

test('what is no longer stored whole is forgotten, not given out', async () => {
  const deps = world();
  await madeBy(deps);
  await deps.objects.remove(key);
  expect(await holdOutputs(deps, aJob({ id: jobId(2) }), keys)).toEqual({});
  expect(await deps.made.get('ana', 'key')).toBeUndefined();
});

test('a retry, and a job that wants it anew, hold nothing', async () => {
  const deps = world();
  await madeBy(deps);
  for (const job of [aJob({ id: jobId(2), retryOf: jobId(1) }), aJob({ id: jobId(2), spec: aSpec({ reuse: false }) })])
    expect(await holdOutputs(deps, job, keys)).toEqual({});
  expect((await deps.made.get('ana', 'key'))?.holders).toEqual([jobId(1)]);
});

test('what two jobs hold is kept until both are released, and releasing again changes nothing', async () => {
  const second = aJob({ id: jobId(2), contentKeys: keys });
  const deps = world([second]);
  const first = await madeBy(deps);
  expect(Object.keys(await holdOutputs(deps, second, keys))).toEqual(['mp4']);
  expect([...(await releaseOutputs(deps, first))]).toEqual([key]);
  expect([...(await releaseOutputs(deps, first))]).toEqual([key]);
  expect([...(await releaseOutputs(deps, second))]).toEqual([]);
  expect(await deps.made.get('ana', 'key')).toBeUndefined();
});

test('a holder that was cut off before it was stored does not keep files for ever', async () => {
  const deps = world();
  const first = await madeBy(deps);
  await holdOutputs(deps, aJob({ id: jobId(2) }), keys);
  expect([...(await releaseOutputs(deps, first))]).toEqual([]);
  expect(await deps.made.get('ana', 'key')).toBeUndefined();
});
