/** What is seen and said: how it is planned, put together and written down. */
import { describe, expect, test } from 'vitest';
import type { RecogniseTask } from '#core/job/plan.ts';
import { recognisedQuantity } from '#core/job/recognition.ts';
import { seenIn } from '#core/media/seen.ts';
import { cuesOf, transcriptText, type Word } from '#core/media/transcript.ts';
import { Failure } from '#core/failures.ts';
import type { ContentAnalysis } from '#core/ports/content-analysis.ts';
import { aPictureProbe, aProbe, aVideoTrack } from '#test/support/probes.ts';
import { apiHarness } from '#test/support/api.ts';
import { planOf } from '#test/support/plans.ts';
import { aJob, anUpload, aTask, jobId, uploadId } from '#test/support/records.ts';
import { startTransfer } from '#test/support/transfer.ts';

const recognising = (plan: ReturnType<typeof planOf>): readonly RecogniseTask[] =>
  plan.tasks.filter((task) => task.kind === 'recognise');

describe('a plan', () => {
  test('makes the pictures of labels and of moderation once, in the process that makes the film', () => {
    const plan = planOf({ film: 'mp4', seen: { type: 'labels' }, fit: { type: 'moderation' } }, { video: aProbe() });
    const [make, ...rest] = plan.tasks;
    expect(plan.stages).toEqual([['make-film'], ['recognise-seen', 'recognise-fit']]);
    expect(make).toMatchObject({ kind: 'make', partOf: ['seen', 'fit'], series: [{ least: 10, most: 10 }] });
    expect(make?.kind === 'make' && make.commands).toHaveLength(1);
    expect(rest).toHaveLength(2);
    expect(recognising(plan)[0]?.reads).toEqual(recognising(plan)[1]?.reads);
  });

  test.each([
    ['one a second', {}, 2.5, [0.417, 1.25, 2.083]],
    ['at most twenty', {}, 3600, { length: 20 }],
    ['as many as asked for', { count: 2 }, 10, [2.5, 7.5]],
    ['one every so often', { every: 4 }, 10, [0, 4, 8]],
  ])('looks at %s', (_, asked, durationSeconds, at) => {
    const probe = aProbe({ durationSeconds, video: [aVideoTrack({ durationSeconds })], audio: [] });
    const [task] = recognising(planOf({ seen: { type: 'labels', ...asked } }, { video: probe }));
    expect(task?.recognition.kind === 'labels' && task.recognition.at).toMatchObject(at);
  });

  test('looks at a picture once, and makes what is too small for Rekognition larger', () => {
    const plan = planOf({ fit: { type: 'moderation' } }, { logo: aPictureProbe() });
    expect(recognising(plan)[0]).toMatchObject({ recognition: { at: [0] }, reads: [{}] });
    const small = aProbe({ video: [aVideoTrack({ width: 64, height: 36 })] });
    const [make] = planOf({ seen: { type: 'labels', count: 1 } }, { video: small }).tasks;
    expect(make).toMatchObject({ series: [{ expects: { video: { height: 80 } } }] });
  });

  test('listens once, however many transcripts there are, and burns one in when it is there', () => {
    const outputs = {
      said: { type: 'transcript', from: 'video' },
      words: { type: 'transcript', from: 'video', format: 'json' },
      film: { type: 'video', from: 'video', edit: [{ captions: { from: 'said', burn: true } }] },
    };
    const plan = planOf(outputs, { video: aProbe() });
    expect(plan.stages[0]).toHaveLength(1);
    expect(plan.stages.slice(1)).toEqual([['recognise-said', 'recognise-words'], ['make-film']]);
  });

  test('skips a transcript of what has no sound where it is told to, and fails else', () => {
    const silent = aProbe({ audio: [] });
    const plan = planOf({ said: { type: 'transcript', when: 'hasAudio' }, film: 'mp4' }, { video: silent });
    expect(plan.skipped).toEqual({ said: '"video" has no sound' });
    expect(plan.stages).toEqual([['make-film']]);
    expect(() => planOf({ said: { type: 'transcript' } }, { video: silent })).toThrow(
      expect.objectContaining({ code: 'input.no_audio_stream' }),
    );
  });

  test.each([
    [{ type: 'labels', every: 1, count: 2 }, /by "count" or by "every"/],
    [{ type: 'moderation', every: 0.01 }, /at least 0.1 s/],
  ])('refuses %j', (output, message) => {
    expect(() => planOf({ out: output }, { video: aProbe() })).toThrow(message);
  });

  test('is shown with its price, and refused where the deployment recognises nothing', async () => {
    const object = { key: 'uploads/ana/x/source', etag: 'e1', bytes: 5_000_000 };
    const uploads = [anUpload({ id: uploadId(1), state: 'complete', object })];
    const body = {
      inputs: { v: uploadId(1) },
      outputs: { seen: { type: 'labels', count: 30 }, said: { type: 'transcript' } },
    };
    const having = apiHarness({ uploads }, { recognises: ['labels', 'transcript'] });
    const shown = await having.call('POST', '/v1/plans', { body });
    expect(shown.json).toMatchObject({
      complete: true,
      tasks: [
        { kind: 'fetch' },
        { kind: 'make' },
        { kind: 'recognise', outputs: ['seen'], placement: null },
        { kind: 'recognise', outputs: ['said'] },
      ],
      cost: {
        items: expect.arrayContaining([
          { kind: 'recognition.labels', quantity: 30, unit: 'picture', usd: 0.03 },
          { kind: 'recognition.transcript', quantity: 15, unit: 'second', usd: 0.006 },
        ]),
      },
    });
    const lacking = apiHarness({ uploads }, { recognises: ['labels'] });
    const refused = await lacking.call('POST', '/v1/jobs', { body });
    expect(refused).toMatchObject({
      status: 422,
      json: {
        code: 'spec.unsupported',
        detail: expect.stringContaining('contentAnalysis=true'),
        errors: [{ pointer: '/outputs/said', code: 'spec.unsupported' }],
      },
    });
  });
});

describe('what is seen', () => {
  const label = (name: string, confidence: number) => ({ name, confidence, parents: [] });

  test('is each thing once, the surest first, with the seconds at which it is seen', () => {
    const seen = seenIn(
      [
        { at: 0, labels: [label('Dog', 0.8), label('Grass', 0.9)] },
        { at: 2.5, labels: [label('Dog', 0.951_23), label('Cat', 0.7)] },
      ],
      2,
    );
    expect(seen).toEqual([
      { name: 'Dog', confidence: 0.9512, parents: [], at: [0, 2.5] },
      { name: 'Grass', confidence: 0.9, parents: [], at: [0] },
    ]);
  });
});

describe('what is said', () => {
  const words = (text: string, every = 0.4): Word[] =>
    text.split(' ').map((word, n) => ({ text: word, start: n * every, end: n * every + 0.3, confidence: null }));

  test('is put into captions that end with sentences, in two lines at most, one after the other', () => {
    const cues = cuesOf(
      words(
        'Good evening. Tonight we look at the long history of the railway, and at the people who built it in the hills.',
      ),
    );
    expect(cues.map(({ text }) => text)).toEqual([
      'Good evening.',
      'Tonight we look at the long history\nof the railway, and at the people who',
      'built it in the hills.',
    ]);
    for (const [n, { start, end }] of cues.entries()) {
      expect(end).toBeGreaterThan(start);
      expect(cues[n + 1]?.start ?? Infinity).toBeGreaterThanOrEqual(end);
    }
  });

  test('stays for a second where nothing follows, a pause parts captions, and only words are written', () => {
    const cues = cuesOf([
      { text: ' Yes\n\u0007', start: 1, end: 1.2, confidence: 1 },
      { text: ' ', start: 2, end: 2.1, confidence: 1 },
      { text: 'no', start: 4, end: 4.2, confidence: 1 },
    ]);
    expect(cues).toMatchObject([
      { start: 1, end: 2, text: 'Yes' },
      { start: 4, end: 5, text: 'no' },
    ]);
  });

  test('has no spaces in scripts that have none', () => {
    expect(cuesOf(words('今日 は'))[0]?.text).toBe('今日は');
  });

  test('is a file of something even where nothing is', () => {
    expect(transcriptText({ language: null, words: [] }, 'webvtt')).toBe('WEBVTT\n');
    expect(transcriptText({ language: null, words: [] }, 'srt')).toBe('\n');
    expect(JSON.parse(transcriptText({ language: 'de-DE', words: words('Ja.') }, 'json'))).toMatchObject({
      language: 'de-DE',
      text: 'Ja.',
      captions: [{ start: 0, end: 1, text: 'Ja.' }],
      words: [{ text: 'Ja.', start: 0 }],
    });
  });

  test('is billed for fifteen seconds at least', () => {
    const of = (seconds: number) => recognisedQuantity({ kind: 'transcript', format: 'srt', seconds });
    expect([of(3), of(15.1)]).toEqual([15, 16]);
  });
});

describe('a task that recognises', () => {
  /** A job whose pictures, or sound, are made. */
  const run = async (recognition: RecogniseTask['recognition'], recognisers: ContentAnalysis) => {
    const transfer = await startTransfer({ recognisers });
    const { jobs, objects } = transfer.deps;
    const files = recognition.kind === 'transcript' ? ['a.wav'] : recognition.at.map((_, n) => `p-${n}.jpg`);
    const made = aTask({
      id: 'make-p',
      writes: files.map((file) => ({ output: 'p', file, contentType: 'x/y', expects: {} })),
    });
    const task: RecogniseTask = {
      kind: 'recognise',
      id: 'recognise-out',
      label: 'out',
      reads: files.map((file) => ({ file, from: { output: 'p', file } })),
      recognition,
      write: { output: 'out', file: 'out.json', contentType: 'application/json' },
    };
    await jobs.saveTasks(jobId(1), [made]);
    const claim = { jobId: jobId(1), taskId: 'make-p', attempt: 1, runner: 'run_1' };
    await jobs.claimTask(claim, { now: aJob().createdAt, leaseUntil: aJob().createdAt });
    const stored = await Promise.all(
      files.map(async (file) => {
        const { key, etag, bytes } = await objects.write(`work/${file}`, file, { contentType: 'x/y' });
        return { name: file, key, etag, bytes, type: 'x/y', sha256: null };
      }),
    );
    const nothing = { warnings: [], timings: {}, stderrTail: '' };
    await jobs.finishTask(claim, { at: aJob().createdAt, result: { ...nothing, outputs: { p: { files: stored } } } });
    try {
      const result = await transfer.run(task);
      const file = result?.outputs?.['out']?.files[0];
      const body = file && (await objects.read(file.key));
      return { result, key: file?.key, document: body && (JSON.parse(new TextDecoder().decode(body)) as unknown) };
    } finally {
      await transfer.close();
    }
  };

  test('asks about every picture, and stores what was seen under its claim', async () => {
    const asked: string[] = [];
    const labels: ContentAnalysis['labels'] = async (jpeg) => {
      asked.push(new TextDecoder().decode(jpeg));
      return [{ name: 'Dog', confidence: 0.9, parents: ['Animal'] }];
    };
    const at = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5];
    const made = await run({ kind: 'labels', at, minConfidence: 0.7, max: 5 }, { labels });
    expect(asked.toSorted()).toEqual(at.map((_, n) => `p-${n}.jpg`));
    expect(made.key).toMatch(/^outputs\/ana\/.+\/recognise-out\/run_.+\/out\.json$/);
    expect(made.document).toEqual({
      pictures: at,
      minConfidence: 0.7,
      labels: [{ name: 'Dog', confidence: 0.9, parents: ['Animal'], at }],
    });
    expect(made.result).toMatchObject({ recognised: { kind: 'labels', quantity: 6 } });
  });

  test.each([
    ['is fit for everybody where nothing was found', [], true],
    ['is not where something was', [{ name: 'Weapons', confidence: 0.8, parents: ['Violence'] }], false],
  ])('a film %s', async (_, found, ok) => {
    const made = await run({ kind: 'moderation', at: [1], threshold: 0.6 }, { moderation: async () => found });
    expect(made.document).toMatchObject({
      ok,
      threshold: 0.6,
      pictures: [1],
      labels: found.map(({ name }) => ({ name })),
    });
  });

  test('the same sound is listened to under the same name, whoever asks', async () => {
    const ids: string[] = [];
    const transcript: ContentAnalysis['transcript'] = async ({ key }, { id, language }) => {
      ids.push(`${id} ${key} ${language}`);
      return { language: 'en-US', words: [], billedSeconds: 15 };
    };
    const made = await run({ kind: 'transcript', format: 'json', seconds: 2, language: 'en' }, { transcript });
    expect(ids).toEqual([`${jobId(1)}-recognise-out work/a.wav en`]);
    expect(made.result).toMatchObject({ recognised: { kind: 'transcript', quantity: 15 } });
  });

  test('fails as the service does, and where there is none', async () => {
    const labels = () => Promise.reject(new Failure('platform.throttled'));
    const recognition = { kind: 'labels', at: [1, 2], minConfidence: 0.7, max: 5 } as const;
    await expect(run({ ...recognition, at: [1, 2] }, { labels })).rejects.toMatchObject({ code: 'platform.throttled' });
    await expect(run({ ...recognition, at: [1] }, {})).rejects.toMatchObject({ code: 'spec.unsupported' });
  });
});
