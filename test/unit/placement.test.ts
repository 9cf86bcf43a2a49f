import { describe, expect, test } from 'vitest';
import {
  capacityOf,
  type Capacity,
  fargateDisk,
  fargateSizes,
  fargateStepGb,
  jobConcurrency,
  lambdaLimits,
  mostTasks,
  stateMachineLimits,
} from '#core/planner/capacity.ts';
import { type Optimize, type Placement, placeWork, type Work } from '#core/planner/placement.ts';
import { listPrices } from '#core/planner/prices.ts';
import { inWaves } from '#core/planner/places/waves.ts';
import { inGroups } from '#core/usecases/in-groups.ts';

const gibibyte = 2 ** 30;

/** CPU seconds for each second, megabits of source and output, and megabytes of memory. */
const sizes = {
  '360p veryfast': [0.1, 1, 0.8, 200],
  '720p veryfast': [0.36, 5, 2, 250],
  '1080p medium': [1.18, 8, 5, 600],
  'the 1080p ladder, slow': [2.86, 12, 9, 1100],
  '4K medium': [5, 40, 25, 2200],
  '4K AV1': [40, 60, 20, 2800],
} as const;
const durations = [1, 5, 19, 20, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 36_000];
const quotas = [10, 40, 100, 1000, 3000, 10_000];
const wishes: readonly Optimize[] = [undefined, 'cost', 'speed', { finishWithin: 30 }, { finishWithin: 3600 }];

const work = (size: keyof typeof sizes, seconds: number, more: Partial<Work> = {}): Work => {
  const [cpu, source, output, memory] = sizes[size];
  return {
    seconds,
    cpuSecondsPerSecond: cpu,
    sourceBytes: (seconds * source * 1e6) / 8,
    outputBytes: (seconds * output * 1e6) / 8,
    isCuttable: true,
    memoryBytes: memory * 2 ** 20,
    ...more,
  };
};

type Aws = Extract<Capacity, { kind: 'aws' }>;
const aws = (lambda: Partial<Aws['lambda']> = {}, fargate: Aws['fargate'] = null): Aws => ({
  kind: 'aws',
  lambda: { memoryMb: 3008, storageMb: 10_240, concurrency: 1000, share: 0.5, architecture: 'x86_64', ...lambda },
  fargate,
});
const fargate = { vcpus: 16, concurrentVcpus: 64, spot: false, architecture: 'x86_64' } as const;

/** Every limit of AWS that a placement breaks. */
const broken = (placed: Placement, asked: Work, { lambda }: Aws): string[] => {
  const found: string[] = [];
  const must = (holds: boolean, what: string): void => void (holds || found.push(what));
  const atOnce = Math.max(1, Math.floor(lambda.concurrency * lambda.share));
  must(placed.chunks >= 1 && Number.isInteger(placed.chunks), 'whole pieces');
  must((placed.chunkSeconds === null) === (placed.chunks === 1), 'pieces have a length');
  if (placed.chunkSeconds !== null)
    must(placed.chunkSeconds * placed.chunks >= asked.seconds * 0.9999, 'all is covered');
  if (placed.engine === 'fargate') {
    const size = fargateSizes.find(({ vcpus }) => vcpus === placed.vcpus);
    const gb = placed.memoryMb / 1024;
    must(size !== undefined && gb >= size.leastGb && gb <= size.mostGb, 'a pair of vCPU and memory');
    must(gb % fargateStepGb(placed.vcpus) === 0, 'a step of memory');
    must(placed.storageGb <= fargateDisk.mostGb && placed.storageGb > fargateDisk.freeGb, 'disk');
    must(placed.storageGb * 1e9 >= asked.sourceBytes + asked.outputBytes, 'room on the disk');
    must(placed.memoryMb * 2 ** 20 >= asked.memoryBytes, 'memory');
    return found;
  }
  must(placed.memoryMb <= lambdaLimits.memoryMb && placed.memoryMb * 2 ** 20 >= asked.memoryBytes, 'memory');
  // One processor too few and one second too many: what a run takes is never near the limit.
  must(placed.vcpus <= 6, 'processors');
  const runSeconds = ((asked.seconds / placed.chunks) * asked.cpuSecondsPerSecond) / (placed.vcpus * 0.75);
  must(runSeconds <= lambdaLimits.seconds, `15 minutes: ${runSeconds}`);
  must((asked.sourceBytes + asked.outputBytes) / placed.chunks <= placed.storageGb * gibibyte, 'scratch space');
  must(placed.parallel <= atOnce, 'the share of the concurrency');
  // As they are run: stages of no more than may run at once, of groups of at most 40.
  const ids = Array.from({ length: placed.chunks + 10 }, (_, n) => `make-output-${n}`.padEnd(80, 'x'));
  const stages = inWaves(ids, atOnce).map(inGroups);
  must(
    stages.flat().every((group) => group.length <= stateMachineLimits.inlineConcurrency),
    'groups of 40',
  );
  must(
    stages.every((groups) => groups.length <= stateMachineLimits.inlineConcurrency),
    '40 groups',
  );
  const { events, eventsOfJob, eventsPerGroup, eventsPerTask, payloadBytes } = stateMachineLimits;
  must(eventsOfJob + stages.flat().length * eventsPerGroup + ids.length * eventsPerTask <= events, 'events');
  must(2 * JSON.stringify(stages).length + 2000 <= payloadBytes, 'payload');
  return found;
};

describe('wherever a placement is, it breaks no limit of Lambda, Step Functions or Fargate', () => {
  for (const [size] of Object.entries(sizes) as [keyof typeof sizes, unknown][])
    test(`${size}, 1 s to 10 h, concurrency of 10 to 10,000, by every wish`, () => {
      const wrong: string[] = [];
      for (const seconds of durations)
        for (const concurrency of quotas)
          for (const optimize of wishes)
            for (const isCuttable of [true, 'it is interlaced'] as const)
              for (const memoryMb of [3008, 10_240])
                for (const place of [null, fargate]) {
                  const capacity = aws({ concurrency, memoryMb }, place);
                  const asked = work(size, seconds, { isCuttable });
                  const placed = placeWork(asked, { capacity, optimize });
                  const limits = placed.problem ? [] : broken(placed, asked, capacity);
                  const cut = isCuttable !== true && placed.chunks > 1 ? ['cut what cannot be cut'] : [];
                  const hope =
                    placed.problem && isCuttable === true && place && memoryMb === 10_240 ? ['no place for it'] : [];
                  for (const what of [...limits, ...cut, ...hope])
                    wrong.push(`${what}: ${seconds} s, ${concurrency}, ${JSON.stringify(optimize)}, ${placed.why}`);
                }
      expect(wrong).toEqual([]);
    });
});

describe('what is chosen', () => {
  test('a short clip is made in one function', () => {
    expect(placeWork(work('720p veryfast', 15), { capacity: aws() })).toMatchObject({
      engine: 'lambda',
      chunks: 1,
      chunkSeconds: null,
      why: expect.stringContaining('shorter than 20 s'),
    });
  });

  test('an hour is cut, into no more pieces than its share of the concurrency', () => {
    const placed = placeWork(work('720p veryfast', 3600), { capacity: aws({ concurrency: 100 }), optimize: 'speed' });
    expect(placed).toMatchObject({ engine: 'lambda-chunks', parallel: 48, problem: null });
    expect(placed.seconds).toBeLessThan(60);
  });

  test('its priority halves or doubles its share, and nothing takes more than there is', () => {
    const most = (share: number, priority?: 'low' | 'normal' | 'high') => {
      const capacity = capacityOf(aws({ concurrency: 100, share }), priority);
      return capacity.kind === 'aws' ? jobConcurrency(capacity.lambda) : 0;
    };
    expect([most(0.3), most(0.3, 'low'), most(0.3, 'normal'), most(0.3, 'high')]).toEqual([30, 15, 30, 60]);
    expect(most(0.8, 'high')).toBe(100);
  });

  test('what is made beside its pictures has a place, so that nothing waits for a second wave', () => {
    const asked = work('720p veryfast', 36_000);
    const placed = placeWork(asked, { capacity: aws({ share: 1 }), optimize: 'speed' });
    expect(placed).toMatchObject({ engine: 'lambda-chunks', chunks: 970 });
  });

  test('pieces that a store would not copy are made longer where moving them takes longer', () => {
    const asked = work('720p veryfast', 3600);
    const capacity = aws({ share: 1 });
    const placed = placeWork(asked, { capacity, optimize: 'speed', leastChunkSeconds: 10 });
    expect(asked.outputBytes / placed.chunks).toBeGreaterThanOrEqual(5 * 2 ** 20);
    const stream = placeWork({ ...asked, joins: 0 }, { capacity, optimize: 'speed', leastChunkSeconds: 10 });
    expect(stream.chunks).toBe(360);
  });

  test('jobs beside it get a part of the share', () => {
    const asked = work('720p veryfast', 3600, { alongside: 4 });
    expect(placeWork(asked, { capacity: aws({ concurrency: 100 }), optimize: 'speed' }).parallel).toBe(9);
  });

  test('a wish for speed is never slower, one for cost never dearer, than what is chosen without a wish', () => {
    for (const seconds of durations) {
      const asked = work('1080p medium', seconds);
      const capacity = aws({}, fargate);
      const [plain, cost, speed] = ([undefined, 'cost', 'speed'] as const).map((optimize) =>
        placeWork(asked, { capacity, optimize }),
      );
      expect(speed?.seconds).toBeLessThanOrEqual(plain?.seconds ?? 0);
      expect(cost?.usd).toBeLessThanOrEqual(plain?.usd ?? 0);
    }
  });

  test('with a time to be done in, the cheapest that keeps it; where none does, the fastest, and it says so', () => {
    const asked = work('1080p medium', 3600);
    const options = { capacity: aws({}, fargate) };
    const relaxed = placeWork(asked, { ...options, optimize: { finishWithin: 86_400 } });
    const hurried = placeWork(asked, { ...options, optimize: { finishWithin: 120 } });
    expect(relaxed.usd).toBeLessThan(hurried.usd);
    expect(hurried.seconds * 1.5).toBeLessThanOrEqual(120);
    const impossible = placeWork(asked, { ...options, optimize: { finishWithin: 1 } });
    expect(impossible.seconds).toBe(placeWork(asked, { ...options, optimize: 'speed' }).seconds);
    expect(impossible.why).toContain('nothing is sure to be done within 1 s');
  });

  test('short films stay in functions, unless they are to cost little', () => {
    const capacity = aws({}, { ...fargate, spot: true });
    for (const size of ['360p veryfast', '720p veryfast', '1080p medium'] as const)
      for (const seconds of [1, 30, 60, 120])
        for (const isCuttable of [true, 'it is interlaced'] as const) {
          const asked = work(size, seconds, { isCuttable });
          expect(placeWork(asked, { capacity }).engine, `${size}, ${seconds} s`).toMatch(/^lambda/);
        }
    const minute = work('720p veryfast', 60, { isCuttable: 'it is interlaced' });
    expect(placeWork(minute, { capacity, optimize: 'cost' }).engine).toBe('fargate');
  });

  test('a container is taken without a wish where functions are no place, or where it is worth its start', () => {
    const isCuttable = 'it is interlaced';
    const capacity = aws({}, { ...fargate, spot: true });
    const film = (seconds: number) => work('1080p medium', seconds, { isCuttable });
    // Ten minutes: done about as soon, and for a fraction.
    const [container, lambda] = [placeWork(film(600), { capacity }), placeWork(film(600), { capacity: aws() })];
    expect([container.engine, lambda.engine]).toEqual(['fargate', 'lambda']);
    expect(container.usd).toBeLessThanOrEqual((lambda.usd * 2) / 3);
    expect(container.seconds).toBeLessThanOrEqual(1.25 * lambda.seconds);
    // Three minutes: most of what it would save is waited for.
    expect(placeWork(film(180), { capacity }).engine).toBe('lambda');
    // A picture that takes more memory than a function has.
    const large = work('1080p medium', 10, { isCuttable, memoryBytes: 4 * gibibyte });
    expect(placeWork(large, { capacity: aws({}, fargate) }).engine).toBe('fargate');
    // Prices of a deployment at which it saves little.
    const dear = { ...listPrices, fargateVcpuHourX86: 2 * listPrices.fargateVcpuHourX86 };
    expect(placeWork(film(600), { capacity: aws({}, fargate), prices: dear }).engine).toBe('lambda');
  });

  test('what cannot be cut and is too long for a function goes to Fargate, or says what it would break', () => {
    const asked = work('1080p medium', 3600, { isCuttable: 'it has one key picture' });
    expect(placeWork(asked, { capacity: aws({}, fargate) })).toMatchObject({
      engine: 'fargate',
      problem: null,
      why: expect.stringContaining('it has one key picture'),
    });
    expect(placeWork(asked, { capacity: aws() })).toMatchObject({
      engine: 'lambda',
      problem: { code: 'limit.time', detail: expect.stringContaining('15 minutes') },
    });
  });

  test('a source larger than the scratch space is cut, or goes to Fargate', () => {
    const asked = work('720p veryfast', 600, { sourceBytes: 20 * gibibyte });
    expect(placeWork(asked, { capacity: aws(), optimize: 'cost' }).engine).toBe('lambda-chunks');
    const whole = { ...asked, isCuttable: 'it is interlaced' };
    expect(placeWork(whole, { capacity: aws({}, fargate) })).toMatchObject({ engine: 'fargate', storageGb: 28 });
    expect(placeWork(whole, { capacity: aws() }).problem).toMatchObject({ code: 'limit.storage' });
  });

  test('no job has more pieces than its execution can hold', () => {
    const asked = work('4K AV1', 36_000);
    const placed = placeWork(asked, { capacity: aws({ concurrency: 10_000, share: 1 }), optimize: 'speed' });
    expect(placed.chunks).toBeLessThanOrEqual(mostTasks);
    expect(placed.parallel).toBe(placed.chunks);
  });

  test('pieces get as many threads as they have processors, up to two; beyond that FFmpeg chooses', () => {
    const threadsAt = (memoryMb: number) => {
      const capacity = aws({ concurrency: 1000, memoryMb });
      return placeWork(work('720p veryfast', 3600), { capacity, optimize: 'speed' }).threads;
    };
    expect([1536, 3008, 10_240].map(threadsAt)).toEqual([1, 2, null]);
    const onMachine = (workers: number, vcpus: number) =>
      placeWork(work('720p veryfast', 3600), { capacity: { kind: 'local', workers, vcpus } }).threads;
    expect([onMachine(4, 4), onMachine(4, 8), onMachine(2, 16), onMachine(1, 2)]).toEqual([1, 2, null, 2]);
    const short = work('720p veryfast', 15);
    expect(placeWork(short, { capacity: { kind: 'local', workers: 4, vcpus: 4 } }).threads).toBeNull();
  });

  test('one machine keeps its workers busy, and cuts long work even for one of them', () => {
    const capacity = (workers: number): Capacity => ({ kind: 'local', workers, vcpus: 8 });
    const long = work('720p veryfast', 3600);
    expect(placeWork(long, { capacity: capacity(1) })).toMatchObject({
      engine: 'local',
      chunks: 12,
      parallel: 1,
      usd: 0,
    });
    expect(placeWork(work('720p veryfast', 120), { capacity: capacity(4) })).toMatchObject({ chunks: 4, parallel: 4 });
    expect(placeWork(work('720p veryfast', 120), { capacity: capacity(4), optimize: 'cost' }).chunks).toBe(1);
    expect(placeWork(work('720p veryfast', 30), { capacity: capacity(4) }).chunkSeconds).toBeNull();
  });
});
