/** What tests of deliveries share: a file, a clock that does not wait, and a look for secrets in what failures say. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import { guardedWeb } from '#adapters/http/web.ts';
import { Failure } from '#core/failures.ts';
import type { DeliveryFile, DeliveryTarget } from '#core/ports/delivery.ts';

/** Anything in a fake service that must not be shown holds this word. */
export const secretWord = 'HUSH';

export const deliveryFiles = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-delivery-'));
  let count = 0;
  return {
    make: async (options: Partial<Pick<DeliveryFile, 'path' | 'contentType' | 'bytes'>> = {}) => {
      const content = randomBytes(options.bytes ?? 1000);
      const file = path.join(folder, `file-${(count += 1)}`);
      await writeFile(file, content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      const made = { path: 'clip.mp4', contentType: 'video/mp4', ...options, file, bytes: content.length, sha256 };
      return { ...made, content };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
};

export const targetOf = (to: string, more: Partial<DeliveryTarget> = {}): DeliveryTarget => ({
  to,
  secret: undefined,
  title: 'A job',
  idempotencyKey: 'job_1/0/clip.mp4',
  ...more,
});

/** Sleeps for no time and remembers for how long it was asked to. */
export const napping = () => {
  const naps: number[] = [];
  return {
    naps,
    clock: {
      sleep: async (ms: number, signal?: AbortSignal) => {
        signal?.throwIfAborted();
        naps.push(ms);
      },
    },
  };
};

export const webTo = (...hosts: readonly string[]) => guardedWeb({ privateHosts: hosts });

/** The failure that the work ends in, after a look at all that it says, causes included. */
export const failureOf = async (work: Promise<unknown>): Promise<Failure> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(inspect(error, { depth: 20, maxStringLength: null })).not.toContain(secretWord);
  if (!(error instanceof Failure)) throw new Error('The work did not end in a failure.', { cause: error });
  return error;
};
