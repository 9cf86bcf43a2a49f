import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '#core/failures.ts';
import { canonicalize } from '#core/job/canonical.ts';
import { JobSpec } from '#core/job/spec.ts';
import { Bitrate, Duration } from '#core/job/values.ts';
import { assertSupported } from '#core/planner/supported.ts';
import { presets } from '#core/presets/index.ts';

const upload = 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD';
const canonical = (job: unknown) => canonicalize(JobSpec.parse(job), presets);

/** The failure of a piece of work, for assertions on its fields. */
const failureOf = (work: () => unknown): Failure => {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing failed');
};

describe('values', () => {
  test.each([
    [90, 90],
    ['90s', 90],
    ['2m30s', 150],
    ['1h', 3600],
    ['00:02:30', 150],
    ['02:30.5', 150.5],
    ['10h', 36_000],
  ])('%s is %d seconds', (text, seconds) => {
    expect(Duration.parse(text)).toBe(seconds);
  });

  test.each(['', 's', '-1', '1.2.3s', '11h', 'ten', '1s2m', '0x10', '1e3', Number.NaN, -1])(
    '%s is no length of time',
    (text) => {
      expect(Duration.safeParse(text).success).toBe(false);
    },
  );

  test('a parsed duration parses to itself', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 36_000, noNaN: true }),
        (seconds) => Duration.parse(Duration.parse(seconds)) === seconds,
      ),
    );
  });

  test('bitrates are read with their unit', () => {
    expect([Bitrate.parse('128k'), Bitrate.parse('2.5M'), Bitrate.parse(64_000)]).toEqual([128_000, 2_500_000, 64_000]);
    expect(Bitrate.safeParse('128 kbit').success).toBe(false);
  });
});

test('the jobs of the README are jobs that this build carries out', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const jobs = [...readme.matchAll(/```json\n([^`]+)```/g)].map(([, text]): unknown => JSON.parse(text ?? ''));
  expect(jobs).toHaveLength(2);
  for (const job of jobs) expect(() => assertSupported(canonical(job))).not.toThrow();
});

describe('short forms', () => {
  test('an id and a preset are a complete job', () => {
    const job = canonical({ inputs: { in: upload }, outputs: { out: 'mp4' } });
    expect(job.inputs).toEqual({ in: { upload } });
    expect(job.outputs).toEqual({ out: { type: 'video', encode: 'mp4', from: 'in' } });
  });

  test.each([
    ['https://example.org/a.mp4?x=1', { url: 'https://example.org/a.mp4?x=1' }],
    ['s3://bucket/folder/a b.mp4', { s3: { bucket: 'bucket', key: 'folder/a b.mp4' } }],
    ['@upload', { upload: '@upload' }],
  ])('%s', (text, long) => {
    expect(canonical({ inputs: { in: text }, outputs: { out: 'mp4' } }).inputs['in']).toEqual(long);
  });

  test('every preset stands for an output of the language', () => {
    const outputs = Object.fromEntries(Object.keys(presets).map((preset) => [`out-${preset}`, preset]));
    const job = canonical({ inputs: { in: upload }, outputs });
    expect(JobSpec.parse(job.spec)).toEqual(job.spec);
  });

  test('canonicalizing twice changes nothing', () => {
    const job = canonical({ inputs: { in: upload }, outputs: { out: 'gif', meta: 'probe' } });
    expect(canonicalize(job.spec, presets)).toEqual(job);
  });

  test('text that is none of the short forms says what is accepted', () => {
    const failure = failureOf(() => canonical({ inputs: { in: 'clip.mp4' }, outputs: { out: 'mp4' } }));
    expect(failure.facts.errors?.[0]).toMatchObject({
      pointer: '/inputs/in',
      message: expect.stringContaining('upl_'),
    });
  });
});

describe('references', () => {
  test('outputs come after what they read', () => {
    const job = canonical({
      inputs: { in: upload },
      outputs: { a: { type: 'image', from: 'b' }, b: { type: 'video', from: 'in' } },
    });
    expect(job.order).toEqual(['b', 'a']);
  });

  test('a misspelt name is guessed', () => {
    const failure = failureOf(() =>
      canonical({ inputs: { video: upload }, outputs: { out: { type: 'video', from: 'vidio' } } }),
    );
    expect(failure.code).toBe('spec.unknown_reference');
    expect(failure.facts.errors).toEqual([
      {
        pointer: '/outputs/out/from',
        code: 'spec.unknown_reference',
        message: '"vidio" is not declared; did you mean "video"?',
      },
    ]);
  });

  test('a circle is named', () => {
    const failure = failureOf(() =>
      canonical({
        inputs: { in: upload },
        outputs: { a: { type: 'video', from: 'b' }, b: { type: 'video', from: 'c' }, c: { type: 'video', from: 'a' } },
      }),
    );
    expect(failure.code).toBe('spec.cycle');
    expect(failure.facts.detail).toContain('a → b → c → a');
  });

  test('with two inputs `from` must be said', () => {
    const failure = failureOf(() => canonical({ inputs: { a: upload, b: upload }, outputs: { out: 'mp4' } }));
    expect(failure.facts.errors?.[0]).toMatchObject({ pointer: '/outputs/out/from', message: 'must name one of a, b' });
  });

  test('one name is not used twice', () => {
    const failure = failureOf(() => canonical({ inputs: { a: upload }, outputs: { a: 'mp4' } }));
    expect(failure.facts.errors?.[0]?.pointer).toBe('/outputs/a');
  });
});

describe('what this build cannot do is refused by name', () => {
  const supported = (job: unknown) => assertSupported(canonical(job));

  test.each([
    [
      { outputs: { out: { type: 'video', encode: { container: 'webm', videoCodec: 'h264' } } } },
      '/outputs/out',
      'webm',
    ],
  ])('%j', (job, pointer, word) => {
    const failure = failureOf(() => supported({ inputs: { in: upload }, ...job }));
    expect(failure.code).toBe('spec.unsupported');
    expect(failure.facts.errors?.[0]).toMatchObject({ pointer, message: expect.stringContaining(word) });
  });

  test('everything that is wrong is listed at once', () => {
    const wrong = { type: 'video', encode: { container: 'webm', videoCodec: 'h264' } };
    const failure = failureOf(() => supported({ inputs: { in: upload }, outputs: { a: wrong, b: wrong, c: 'mp4' } }));
    expect(failure.facts.errors?.map(({ pointer }) => pointer)).toEqual(['/outputs/a', '/outputs/b']);
  });
});
