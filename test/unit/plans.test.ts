import { describe, expect, test } from 'vitest';
import { PlanView } from '#core/job/plan-view.ts';
import { plannerOf } from '#core/planner/planner.ts';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import { apiHarness } from '#test/support/api.ts';
import { anUpload, uploadId } from '#test/support/records.ts';
import { aProbe, aVideoTrack } from '#test/support/probes.ts';

const upload = anUpload({
  id: uploadId(1),
  state: 'complete',
  object: { key: 'uploads/ana/x/source', etag: 'e1', bytes: 5_000_000 },
});

const show = async (job: Record<string, unknown>, replace = {}) => {
  const api = apiHarness({ uploads: [upload] }, replace);
  const answer = await api.call('POST', '/v1/plans', { body: job });
  return { api, answer, plan: answer.json as PlanView };
};

const film = { inputs: { v: uploadId(1) }, outputs: { film: 'mp4', poster: 'thumb' } };

describe('POST /v1/plans', () => {
  test('shows tasks with their arguments, places, seconds, bytes and dollars, and starts nothing', async () => {
    const { api, answer, plan } = await show(film);
    expect(answer.status).toBe(200);
    expect(PlanView.safeParse(plan).error).toBeUndefined();
    expect(plan).toMatchObject({
      complete: true,
      variants: 1,
      inputs: { v: { status: 'known', note: null } },
      outputs: { film: { status: 'planned' }, poster: { status: 'planned' } },
      stages: [['input-v'], ['make-film']],
    });
    const [fetch, make] = plan.tasks;
    expect(fetch).toMatchObject({ id: 'input-v', kind: 'fetch', after: [] });
    expect(make).toMatchObject({
      kind: 'make',
      after: ['input-v'],
      outputs: ['film', 'poster'],
      placement: { engine: 'lambda', memoryMb: 3008 },
    });
    expect(make?.commands[0]?.join(' ')).toContain('-c:v libx264 -preset medium -crf 23');
    for (const band of [plan.predicted.seconds, plan.predicted.bytes, plan.predicted.usd]) {
      expect(band.low).toBeGreaterThan(0);
      expect(band.low).toBeLessThan(band.expected);
      expect(band.expected).toBeLessThan(band.high);
    }
    expect(plan.cost.items.map(({ kind }) => kind)).toContain('lambda.compute');
    expect(plan.cost.items.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(plan.cost.estimate, 6);
    expect(plan.cost.pricesAsOf).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(await api.jobs.list({ owner: 'ana', limit: 10 })).toMatchObject({ items: [] });
  });

  test('shows what runs in a container, why, and what that costs, where a deployment has some', async () => {
    const fargate = billingOf(BillingConfig.parse({ FARGATE_VCPUS: '4', FARGATE_CONCURRENT_VCPUS: '16' }));
    const billing = { billing: fargate, planner: async () => plannerOf({ hash: (text) => text, billing: fargate }) };
    // Two hours that cannot be cut: they have no index.
    const long = { look: async () => ({ probe: aProbe({ durationSeconds: 7200 }), index: null }) };
    const { plan } = await show(film, { ...billing, prober: long });
    const make = plan.tasks.find(({ kind }) => kind === 'make');
    expect(make?.placement).toMatchObject({ engine: 'fargate', why: expect.stringContaining('One Fargate task of') });
    expect(plan.tasks.find(({ kind }) => kind === 'fetch')?.placement).toBeNull();
    const kinds = plan.cost.items.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['fargate.spot.compute', 'fargate.spot.memory', 'fargate.storage']));
    // Without containers the same is too long for a function, and the plan says so.
    const { plan: without } = await show(film, { prober: long });
    expect(without.warnings.join()).toContain('a function may run for 15 minutes');
    expect(without.cost.items.map(({ kind }) => kind).filter((kind) => kind.startsWith('fargate'))).toEqual([]);
  });

  test('says in plain words what one would not expect', async () => {
    const probe = aProbe({ video: [aVideoTrack({ width: 720, height: 1280 })], notes: ['variable frame rate'] });
    const { plan } = await show(
      { inputs: { v: uploadId(1) }, outputs: { sound: { type: 'audio', encode: 'm4a' }, poster: 'thumb' } },
      { prober: { look: async () => ({ probe, index: null }) } },
    );
    // Of a picture that comes out of the same decode nothing is said about sound.
    expect(plan.warnings.filter((warning) => warning.includes('poster'))).toEqual([]);
    expect(plan.warnings).toEqual(
      expect.arrayContaining([
        'v: portrait: renditions are counted by the short side',
        'v: variable frame rate',
        'sound: sound is stream-copied',
      ]),
    );
  });

  test('an address that nobody has imported is unknown: what reads it is not planned, and there is no hash', async () => {
    const { answer, plan } = await show({
      inputs: { v: uploadId(1), w: 'https://media.example.com/clip.mp4' },
      outputs: { known: { type: 'video', from: 'v' }, other: { type: 'video', from: 'w' } },
    });
    expect(answer.status).toBe(200);
    expect(plan).toMatchObject({
      hash: null,
      complete: false,
      inputs: { w: { status: 'unknown', note: expect.stringContaining('import it first') } },
      outputs: { known: { status: 'planned' }, other: { status: 'unknown' } },
    });
    expect(plan.tasks.map(({ kind }) => kind)).toEqual(['import', 'fetch', 'fetch', 'make']);
  });

  test('what FFmpeg makes is planned with what it will be', async () => {
    const { plan } = await show({ inputs: { chart: { test: { seconds: 5 } } }, outputs: { out: 'mp4' } });
    expect(plan).toMatchObject({ hash: null, complete: true, inputs: { chart: { status: 'expected' } } });
  });

  test('fails as the job would: an input that is missing, an output that does not suit', async () => {
    const missing = await show({ inputs: { v: uploadId(9) }, outputs: { out: 'mp4' } });
    expect(missing.answer).toMatchObject({ status: 422, json: { code: 'input.not_found' } });
    const silent = await show(
      { inputs: { v: uploadId(1) }, outputs: { sound: 'mp3' } },
      { prober: { look: async () => ({ probe: aProbe({ audio: [] }), index: null }) } },
    );
    expect(silent.answer).toMatchObject({ status: 422, json: { code: 'input.no_audio_stream' } });
  });

  test('finds an upload whose bytes are there though nobody said so, and leaves it as it is', async () => {
    const waiting = anUpload({ id: uploadId(2) });
    const api = apiHarness({ uploads: [waiting] });
    const plan = () => api.call('POST', '/v1/plans', { body: { ...film, inputs: { v: waiting.id } } });
    expect(await plan()).toMatchObject({ status: 422, json: { code: 'input.not_found' } });
    await api.objects.write(waiting.key, Buffer.from('bytes'), { contentType: 'video/mp4' });
    expect(await plan()).toMatchObject({ status: 200, json: { inputs: { v: { status: 'known' } } } });
    expect(await api.uploads.get(waiting.id)).toMatchObject({ state: 'waiting' });
  });

  test('the hash changes with the job, and with nothing else', async () => {
    const hash = async (job: Record<string, unknown>) => (await show(job)).plan.hash;
    const first = await hash(film);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash({ ...film, name: 'another name', labels: { a: 'b' } })).toBe(first);
    expect(await hash({ ...film, outputs: { ...film.outputs, film: 'mp4-fast' } })).not.toBe(first);
  });

  test('ten items of the library are shown within a second, and probed once', async () => {
    let probes = 0;
    const many = Array.from({ length: 10 }, (_, n) =>
      anUpload({
        id: uploadId(n + 1),
        state: 'complete',
        object: { key: `uploads/ana/${n}/source`, etag: 'e', bytes: 1000 },
      }),
    );
    const prober = {
      look: async () => {
        probes += 1;
        return { probe: aProbe(), index: null };
      },
    };
    const api = apiHarness({ uploads: many }, { prober });
    const inputs = Object.fromEntries(many.map(({ id }, n) => [`v${n}`, id]));
    const outputs = { all: { type: 'video', from: { concat: Object.keys(inputs) } } };
    const started = performance.now();
    const { status, json } = await api.call('POST', '/v1/plans', { body: { inputs, outputs } });
    expect(status).toBe(200);
    expect((json as PlanView).complete).toBe(true);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(probes).toBe(10);
  });
});
