import { describe, expect, test } from 'vitest';
import { Failure } from '#core/failures.ts';
import { canonicalize, outputsNamed } from '#core/job/canonical.ts';
import { hashOf, withSeed } from '#core/job/expand.ts';
import { variantsOf } from '#core/job/matrix.ts';
import { fillPath } from '#core/job/paths.ts';
import { JobSpec } from '#core/job/spec.ts';
import { presets } from '#core/presets/index.ts';

const upload = 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD';
const inputs = { a1: upload, a2: upload, b1: upload, b2: upload, bg1: upload, bg2: upload };
const parse = (job: object): JobSpec => JobSpec.parse({ inputs, ...job });
const canonical = (job: object) => canonicalize(parse(job), presets);

const failureOf = (work: () => unknown): Failure => {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing failed');
};

const refused = (job: object) => failureOf(() => canonical(job)).facts.errors?.[0];

describe('the combinations of a matrix', () => {
  const combined = (matrix: object): unknown[] =>
    variantsOf(parse({ outputs: { out: 'mp4' }, matrix }).matrix).map(({ axes }) => axes);

  test('the first axis changes slowest', () => {
    expect(combined({ axes: { a: ['a1', 'a2'], b: ['b1', 'b2'] } })).toEqual([
      { a: 'a1', b: 'b1' },
      { a: 'a1', b: 'b2' },
      { a: 'a2', b: 'b1' },
      { a: 'a2', b: 'b2' },
    ]);
  });

  test('an exclusion takes away everything that holds its values, and no more', () => {
    const axes = { a: ['a1', 'a2'], b: ['b1', 'b2'] };
    expect(combined({ axes, exclude: [{ a: 'a1' }] })).toEqual([
      { a: 'a2', b: 'b1' },
      { a: 'a2', b: 'b2' },
    ]);
    expect(combined({ axes, exclude: [{ a: 'a1', b: 'b2' }] })).toHaveLength(3);
  });

  // The example of GitHub's documentation, letter for letter.
  test('inclusions extend what they do not contradict and are variants of their own elsewhere', () => {
    const matrix = {
      axes: { fruit: ['apple', 'pear'], animal: ['cat', 'dog'] },
      include: [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    };
    expect(combined(matrix)).toEqual([
      { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
      { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
      { fruit: 'pear', animal: 'cat', color: 'pink' },
      { fruit: 'pear', animal: 'dog', color: 'green' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ]);
  });

  test('an inclusion brings back what was excluded', () => {
    const matrix = { axes: { a: ['a1', 'a2'] }, exclude: [{ a: 'a1' }], include: [{ a: 'a1' }] };
    expect(combined(matrix)).toEqual([{ a: 'a2' }, { a: 'a1' }]);
  });

  test('expressions are values, and are excluded by what they say', () => {
    const clip = { clip: 'a1', end: '2s' };
    expect(combined({ axes: { a: [clip, 'a2'] }, exclude: [{ a: { end: 2, clip: 'a1' } }] })).toEqual([{ a: 'a2' }]);
  });

  test('too many are refused with their number, before they are listed', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => ({ clip: 'a1', end: n + 1 }));
    const outputs = { out: { type: 'video', from: { concat: ['$a', '$b', '$c'] } } };
    const failure = failureOf(() => canonical({ outputs, matrix: { axes: { a: hundred, b: hundred, c: hundred } } }));
    expect(failure).toMatchObject({ code: 'spec.too_many_variants', facts: { errors: [{ pointer: '/matrix' }] } });
    expect(failure.message).toContain('1000000 variants');
    expect(
      failureOf(() =>
        canonical({
          outputs: { out: { type: 'video', from: '$a' } },
          matrix: { axes: { a: ['a1', 'a2', 'b1'] } },
          limits: { maxVariants: 2 },
        }),
      ).message,
    ).toContain('3 variants; at most 2');
    const many = {
      outputs: { out: { type: 'video', from: '$a' } },
      matrix: { axes: { a: [...hundred] }, include: [{ a: 'a2' }] },
    };
    expect(failureOf(() => canonical(many)).code).toBe('spec.too_many_variants');
    expect(canonical({ ...many, limits: { maxVariants: 101 } }).order).toHaveLength(101);
  });
});

describe('outputs that vary', () => {
  const ads = {
    matrix: { axes: { one: ['a1', 'a2'], two: ['b1'] } },
    outputs: {
      ad: { type: 'video', from: { concat: ['$one', '$two'] } },
      poster: { type: 'image', from: 'ad' },
      original: { type: 'copy', from: 'a1' },
    },
  };

  test('become one for each variant, with what is made from them; the others stay one', () => {
    const job = canonical(ads);
    expect(Object.keys(job.outputs)).toEqual(['ad-1', 'ad-2', 'poster-1', 'poster-2', 'original']);
    expect(job.outputs['ad-2']?.from).toEqual({ concat: ['a2', 'b1'] });
    expect(job.outputs['poster-2']?.from).toBe('ad-2');
    expect(job.variants['ad-2']).toEqual({ of: 'ad', n: 2, axes: { one: 'a2', two: 'b1' } });
    expect(job.order.indexOf('ad-2')).toBeLessThan(job.order.indexOf('poster-2'));
    expect([outputsNamed(job, 'ad'), outputsNamed(job, 'original'), outputsNamed(job, 'none')]).toEqual([
      ['ad-1', 'ad-2'],
      ['original'],
      [],
    ]);
  });

  test('are stored as they were declared, and expand to the same again', () => {
    const job = canonical(ads);
    expect(Object.keys(job.spec.outputs)).toEqual(['ad', 'poster', 'original']);
    expect(canonicalize(JobSpec.parse(job.spec), presets)).toEqual(job);
  });

  test('keep their numbers where only some are made', () => {
    const job = canonical({ ...ads, matrix: { ...ads.matrix, only: [2] } });
    expect(Object.keys(job.outputs)).toEqual(['ad-2', 'poster-2', 'original']);
  });

  test('may be named by an axis', () => {
    const job = canonical({
      matrix: { axes: { which: ['small', 'large'] } },
      outputs: {
        small: { type: 'video', from: 'a1', size: { width: 320 } },
        large: { type: 'video', from: 'a1' },
        poster: { type: 'image', from: '$which' },
      },
    });
    expect([job.outputs['poster-1']?.from, job.outputs['poster-2']?.from]).toEqual(['small', 'large']);
    expect(job.order.indexOf('large')).toBeLessThan(job.order.indexOf('poster-2'));
  });

  const out = { type: 'video', from: '$a' };
  test.each([
    [
      'an unknown axis',
      { outputs: { out }, matrix: { axes: { b: ['a1'] } } },
      '/outputs/out/from',
      'did you mean "$b"',
    ],
    [
      'an axis that nothing uses',
      { outputs: { out }, matrix: { axes: { a: ['a1'], b: ['b1'] } } },
      '/matrix/axes/b',
      'no output',
    ],
    [
      'a value that is nothing',
      { outputs: { out }, matrix: { axes: { a: ['a9'] } } },
      '/matrix/axes/a/0',
      'did you mean',
    ],
    [
      'an axis within an axis',
      { outputs: { out }, matrix: { axes: { a: ['$a'] } } },
      '/matrix/axes/a/0',
      'not declared',
    ],
    [
      'an exclusion of no axis',
      { outputs: { out }, matrix: { axes: { a: ['a1'] }, exclude: [{ c: 'a1' }] } },
      '/matrix/exclude/0/c',
      'no axis',
    ],
    [
      'nothing left',
      { outputs: { out }, matrix: { axes: { a: ['a1'] }, exclude: [{ a: 'a1' }] } },
      '/matrix',
      'no variant is left',
    ],
    [
      'a name that a variant gets',
      { outputs: { out, 'out-1': 'mp4' }, inputs: { a1: upload }, matrix: { axes: { a: ['a1'] } } },
      '/outputs/out-1',
      'a variant of "out"',
    ],
    [
      'a variant without the value',
      {
        outputs: { out: { type: 'video', from: { concat: ['$a', '$c'] } } },
        matrix: { axes: { a: ['a1'] }, include: [{ a: 'a1', c: 'b1' }, { a: 'a2' }] },
      },
      '/outputs/out/from/concat/1',
      'no value for "$c"',
    ],
    [
      'a path of no variant',
      { outputs: { out: { type: 'video', from: 'a1', path: '{variant}.mp4' } } },
      '/outputs/out/path',
      'no variant',
    ],
    [
      'an unknown placeholder',
      { outputs: { out: { ...out, path: '{job.owner}.mp4' } }, matrix: { axes: { a: ['a1'] } } },
      '/outputs/out/path',
      '{job.name}',
    ],
    [
      'a name that is too long',
      { outputs: { ['x'.repeat(63)]: out }, matrix: { axes: { a: ['a1'] } } },
      `/outputs/${'x'.repeat(63)}`,
      'too long',
    ],
  ])('%s is refused', (_, job, pointer, message) => {
    expect(refused(job)).toMatchObject({ pointer, message: expect.stringContaining(message) });
  });
});

describe('picks', () => {
  const music = (more: object = {}, seed?: number) =>
    canonical({
      ...(seed === undefined ? {} : { seed }),
      matrix: { axes: { a: Array.from({ length: 20 }, (_, n) => ({ clip: 'a1', end: n + 1 })) } },
      outputs: {
        ...more,
        ad: { type: 'video', from: '$a', audio: [{ from: { pick: ['bg1', 'bg2', { concat: ['bg1', 'bg2'] }] } }] },
      },
    });

  test('the same seed picks the same, another seed something else', () => {
    expect(music({}, 7).picks).toEqual(music({}, 7).picks);
    expect(music({}, 7).picks).not.toEqual(music({}, 8).picks);
  });

  test('are spread over the variants and recorded where they stand', () => {
    const { picks, outputs } = music({}, 7);
    const chosen = Object.values(picks).map((each) => JSON.stringify(each['/audio/0/from']));
    expect(chosen).toHaveLength(20);
    expect(new Set(chosen).size).toBe(3);
    expect(outputs['ad-1']).toMatchObject({ audio: [{ from: picks['ad-1']?.['/audio/0/from'] }] });
  });

  test('are not changed by further outputs', () => {
    const { picks } = music({ aaa: { type: 'video', from: { pick: ['a1', 'a2'] } } }, 7);
    expect(picks).toMatchObject(music({}, 7).picks);
  });

  test('choose each member about as often', () => {
    const counts = [0, 0, 0];
    for (let n = 0; n < 3000; n += 1)
      counts[hashOf(`7 ad-${n} /audio/0/from`) % 3] = (counts[hashOf(`7 ad-${n} /audio/0/from`) % 3] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  test('nest', () => {
    const { picks } = canonical({
      seed: 1,
      outputs: { out: { type: 'video', from: { pick: [{ clip: { pick: ['a1', 'a2'] }, end: 1 }] } } },
    });
    expect(Object.keys(picks['out'] ?? {})).toEqual(['/from/pick/0/clip', '/from']);
  });

  test('get a seed of the job where it has none, and only then', () => {
    const spec = parse({ outputs: { out: { type: 'video', from: { pick: ['a1', 'a2'] } } } });
    const seeded = withSeed(spec, 'job_1');
    expect(seeded.seed).toBe(withSeed(spec, 'job_1').seed);
    expect(seeded.seed).not.toBe(withSeed(spec, 'job_2').seed);
    expect(withSeed({ ...spec, seed: 3 }, 'job_1').seed).toBe(3);
    expect(withSeed(parse({ outputs: { out: { type: 'video', from: 'a1' } } }), 'job_1').seed).toBeUndefined();
  });
});

describe('delivery paths', () => {
  const job = { id: 'job_1', createdAt: '2026-11-21T10:15:00.123Z', spec: { name: 'Summer: "sale" ../../x' } };
  const variant = { of: 'ad', n: 3, axes: { block: 'a1', other: { concat: ['a1', 'b1'] } } };

  test.each([
    ['{job.name}/out{variant}.mp4', 'Summer- -sale- ..-..-x/out3.mp4'],
    ['{job.createdAt}/', '2026-11-21T10-15-00Z/'],
    ['{block}_{other}/{output}.mp4', 'a1_a1-b1/ad-3.mp4'],
    ['a//./b.mp4', 'a/b.mp4'],
  ])('%s', (path, filled) => {
    expect(fillPath(path, { job, output: 'ad-3', variant })).toBe(filled);
  });

  test('an output that does not vary leaves no empty folder, and a job without a name is its id', () => {
    expect(fillPath('{job.name}/{variant}/x.mp4', { job: { ...job, spec: {} }, output: 'x' })).toBe('job_1/x.mp4');
  });
});

test('a thousand variants of two outputs are expanded in no time', () => {
  const axis = (name: string) => Array.from({ length: 10 }, (_, n) => ({ clip: name, end: n + 1 }));
  const from = { concat: ['$a', '$b', '$c'] };
  const spec = {
    limits: { maxVariants: 1000 },
    matrix: { axes: { a: axis('a1'), b: axis('b1'), c: axis('a2') } },
    outputs: {
      ad: { type: 'video', from, audio: [{ from: { pick: ['bg1', 'bg2'] } }] },
      poster: { type: 'image', from: 'ad' },
    },
  };
  const job = canonical(spec);
  expect(job.order).toHaveLength(2000);
  expect(job.outputs['poster-1000']?.from).toBe('ad-1000');
});
