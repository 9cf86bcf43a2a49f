import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { canonicalize } from '#core/job/canonical.ts';
import { TemplateCall } from '#core/job/spec.ts';
import { assertSupported } from '#core/planner/supported.ts';
import { presets } from '#core/presets/index.ts';
import { templateErrors } from '#core/templates/check.ts';
import { adVariants } from '#core/templates/ad-variants.ts';
import { expandTemplate } from '#core/templates/expand.ts';
import { builtInNamed, builtIns } from '#core/templates/index.ts';
import { Template } from '#core/job/template-record.ts';
import { uploadId } from '#test/support/records.ts';

const upload = uploadId(1);
const expand = (call: Record<string, unknown>, template?: Template) => {
  const parsed = TemplateCall.parse({ template: template?.name, ...call });
  const found = template ?? builtInNamed(parsed.template);
  if (!found) throw new Error('no such template');
  return expandTemplate(found, parsed);
};
const machinery = new Set(['check', 'expand', 'index', 'parameters', 'placeholders', 'template', 'view']);
const plain = builtIns.filter((template): template is Template => !('build' in template));

test('every file of the folder is in the list, in the order of the names', async () => {
  const files = await readdir(new URL('../../core/templates', import.meta.url));
  const names = files.map((file) => file.replace('.ts', '')).filter((name) => !machinery.has(name));
  expect(builtIns.map(({ name }) => name)).toEqual(names.sort());
});

test.each(plain)('$name is a template as people may store them, without a mistake', (template) => {
  expect(Template.parse(template)).toEqual(template);
  expect(templateErrors(template)).toEqual([]);
});

/** What each makes of a call with nothing but its inputs, and with every value of its parameters. */
test.each(plain)('$name makes a job with every value of its parameters', (template) => {
  const inputs = Object.fromEntries(Object.keys(template.inputs).map((name) => [name, upload]));
  const calls = Object.entries(template.params).flatMap(([name, parameter]) =>
    ('enum' in parameter && parameter.enum
      ? parameter.enum
      : 'minimum' in parameter
        ? [parameter.minimum, parameter.maximum]
        : []
    ).map((value) => ({ [name]: value })),
  );
  expect(calls.length).toBeGreaterThan(0);
  for (const params of [{}, ...calls]) {
    const job = canonicalize(expand({ template: template.name, inputs, params }), presets);
    if (['convert', 'extract-audio', 'watermark'].includes(template.name))
      expect(() => assertSupported(job)).not.toThrow();
  }
});

test.each(plain)('$name stands for the job of its golden file', async (template) => {
  const inputs = Object.fromEntries(Object.keys(template.inputs).map((name) => [name, upload]));
  const job = expand({ template: template.name, inputs });
  await expect(`${JSON.stringify(job, null, 2)}\n`).toMatchFileSnapshot(`../golden/templates/${template.name}.json`);
});

describe('what the templates stand for', () => {
  test('watermark: ten pixels from the lower right corner, at most 100×100, in its own shape', () => {
    expect(expand({ template: 'watermark', inputs: { video: upload, logo: uploadId(2) } }).outputs).toEqual({
      marked: {
        type: 'video',
        from: 'video',
        edit: [
          { overlay: { image: 'logo', at: 'bottom-right', x: 10, y: 10, width: 100, height: 100, fit: 'inside' } },
        ],
      },
    });
  });

  test('watermark: the distances can be chosen', () => {
    const inputs = { video: upload, logo: uploadId(2) };
    expect(expand({ template: 'watermark', inputs, params: { x: 0, y: 33 } })).toMatchObject({
      outputs: { marked: { edit: [{ overlay: { x: 0, y: 33 } }] } },
    });
  });

  test('extract-audio: an MP3', () => {
    expect(expand({ template: 'extract-audio', inputs: { v: upload } }).outputs).toEqual({ audio: 'mp3' });
  });

  test('convert: a quick MP4, and a picture at ten seconds, 320 pixels wide', () => {
    expect(expand({ template: 'convert', inputs: { video: upload } }).outputs).toEqual({
      output: 'mp4-fast',
      thumbnail: { type: 'image', at: 10, size: { width: 320 }, when: 'hasVideo' },
    });
    expect(
      expand({ template: 'convert', inputs: { video: upload }, params: { format: 'webm' } }).outputs,
    ).toMatchObject({
      output: 'webm',
    });
  });

  test('everything else of the call stays, and further outputs may be added', () => {
    const call = {
      template: 'convert',
      name: 'n',
      labels: { a: 'b' },
      onError: 'continue',
      inputs: { v: upload },
      outputs: { extra: 'gif' },
    };
    expect(expand(call)).toMatchObject({
      name: 'n',
      labels: { a: 'b' },
      onError: 'continue',
      outputs: { output: 'mp4-fast', extra: 'gif' },
    });
    expect(expand(call)).not.toHaveProperty('template');
  });
});

describe('a call that does not fit', () => {
  test.each([
    [{ template: 'watermark', inputs: { video: upload } }, '/inputs/logo', /is required/],
    [
      { template: 'watermark', inputs: { video: upload, logo: upload, more: upload } },
      '/inputs/more',
      /its inputs are video, logo/,
    ],
    [{ template: 'convert', inputs: {} }, '/inputs/video', /is required/],
    [{ template: 'convert', inputs: { a: upload, b: upload } }, '/inputs/video', /is required/],
    [
      { template: 'convert', inputs: { a: upload }, params: { fromat: 'mp4' } },
      '/params/fromat',
      /did you mean "format"/,
    ],
    [{ template: 'convert', inputs: { a: upload }, params: { format: 'mpg' } }, '/params/format', /one of/],
    [{ template: 'watermark', inputs: { video: upload, logo: upload }, params: { x: -1 } }, '/params/x', /at least 0/],
    [{ template: 'watermark', inputs: { video: upload, logo: upload }, params: { x: '10' } }, '/params/x', /number/],
    [{ template: 'convert', inputs: { a: upload }, outputs: { output: 'gif' } }, '/outputs/output', /already/],
    [{ template: 'convert', inputs: { a: [upload] } }, '/inputs/a', /not a list/],
    [{ template: 'watermark', inputs: { video: [upload], logo: upload } }, '/inputs/video', /not a list/],
    [{ template: 'import', inputs: { a: upload }, params: { min: '0.1s' } }, '/params/min', /at least 0.5/],
    [{ template: 'import', inputs: { a: upload }, params: { min: 'soon' } }, '/params/min', /a length of time/],
    [{ template: 'vod', inputs: { a: upload }, params: { height: 2161 } }, '/params/height', /at most 2160/],
    [{ template: 'vod', inputs: { a: upload }, params: { height: 720.5 } }, '/params/height', /int/],
  ])('%j is refused at %s', (call, pointer, message) => {
    expect(() => expand(call)).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({
          errors: expect.arrayContaining([
            expect.objectContaining({ pointer, message: expect.stringMatching(message) }),
          ]),
        }),
      }),
    );
  });
});

describe('a template that somebody wrote', () => {
  const mine = (body: object): Template => Template.parse({ name: 'mine', summary: 's', ...body });
  const video = { video: { summary: 'v' } };
  const text = (value: string) => ({ type: 'video', from: 'video', edit: [{ text: { value } }] });

  test('has parameters of every type, whole and inside longer texts', () => {
    const description = 'd';
    const template = mine({
      inputs: { ...video, back: { color: '{{tint}}', seconds: '{{length}}' } },
      params: {
        count: { type: 'integer', description, default: 3 },
        factor: { type: 'number', description, default: 1.5 },
        keep: { type: 'boolean', description, default: true },
        title: { type: 'string', description, maxLength: 8 },
        length: { type: 'duration', description, default: '1m30s', maximum: 100 },
        tint: { type: 'color', description, default: '#102030' },
        only: { type: 'array', description, items: { enum: ['still', 'words'] }, default: ['words'] },
      },
      outputs: {
        words: { ...text('{{title}}: {{count}} of {{ factor }}, {{keep}}'), store: '{{keep}}' },
        still: { type: 'image', from: 'video', at: '{{length}}' },
      },
      deliver: [{ to: 's3://bucket/{{title}}', outputs: '{{only}}' }],
      metadata: { unknown: '{{', braces: '{variant} {{}}', again: '{{title}}{{title}}' },
    });
    expect(expand({ inputs: { video: upload }, params: { title: '{{tint}}' } }, template)).toEqual({
      inputs: { video: upload, back: { color: '#102030', seconds: 90 } },
      outputs: {
        words: { ...text('{{tint}}: 3 of 1.5, true'), store: true },
        still: { type: 'image', from: 'video', at: 90 },
      },
      deliver: [{ to: 's3://bucket/{{tint}}', outputs: ['words'] }],
      metadata: { unknown: '{{', braces: '{variant} {{}}', again: '{{tint}}{{tint}}' },
    });
  });

  test.each([
    [{ title: 'too long a title' }, '/params/title'],
    [{ title: 5 }, '/params/title'],
    [{}, '/params/title'],
    [{ title: 'a', tint: 'red' }, '/params/tint'],
    [{ title: 'a', length: 101 }, '/params/length'],
    [{ title: 'a', keep: 'yes' }, '/params/keep'],
    [{ title: 'a', only: ['x'] }, '/params/only/0'],
    [{ title: 'a', only: ['still', 'words'] }, '/params/only'],
    [{ title: 'a', more: 1 }, '/params/more'],
  ])('refuses %j at %s', (params, pointer) => {
    const description = 'd';
    const template = mine({
      params: {
        title: { type: 'string', description, maxLength: 8 },
        length: { type: 'duration', description, default: 1, maximum: 100 },
        tint: { type: 'color', description, default: '#102030' },
        keep: { type: 'boolean', description, default: false },
        only: { type: 'array', description, items: { enum: ['still', 'words'] }, default: [], maxItems: 1 },
      },
      outputs: { a: 'mp4' },
    });
    expect(() => expand({ params }, template)).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }),
      }),
    );
  });

  test('names its only input nowhere, or wants it by its name', () => {
    const named = mine({ inputs: video, outputs: { a: { type: 'image', from: 'video' } } });
    const free = mine({ inputs: video, outputs: { a: { type: 'image' } } });
    expect(expand({ inputs: { other: upload } }, free).inputs).toEqual({ other: upload });
    expect(() => expand({ inputs: { other: upload } }, named)).toThrow('/inputs/video: is required');
  });

  test('takes many of one input, under names of their own', () => {
    const template = mine({
      inputs: { intro: { summary: 'i' }, clips: { summary: 'c', many: true } },
      outputs: {
        all: { type: 'video', from: { concat: ['intro', { concat: '{{clips}}' }] } },
        one: { type: 'video', from: { pick: '{{clips}}' } },
      },
    });
    const two = expand({ inputs: { intro: upload, clips: [uploadId(2), { color: '#000000', seconds: 1 }] } }, template);
    expect(two.inputs).toEqual({ intro: upload, clips_1: uploadId(2), clips_2: { color: '#000000', seconds: 1 } });
    expect(two.outputs).toMatchObject({
      all: { from: { concat: ['intro', { concat: ['clips_1', 'clips_2'] }] } },
      one: { from: { pick: ['clips_1', 'clips_2'] } },
    });
    const one = expand({ inputs: { intro: upload, clips: uploadId(2) } }, template);
    expect(one.outputs).toMatchObject({ one: { from: { pick: ['clips_1'] } } });
    expect(() => TemplateCall.parse({ template: 'mine', inputs: { clips: [] } })).toThrow();
  });

  test('goes on without its optional inputs, and without all that reads them', () => {
    const template = mine({
      inputs: {
        ...video,
        logo: { summary: 'l', optional: true },
        music: { summary: 'm', optional: true },
        voice: { summary: 'v', optional: true },
        extra: { summary: 'e', optional: true, many: true },
      },
      matrix: { axes: { part: ['video', 'logo'], other: ['logo'] } },
      outputs: {
        film: {
          type: 'video',
          from: { concat: ['video', { clip: 'logo', start: 1 }, { pick: '{{extra}}' }] },
          edit: [{ overlay: { image: 'logo' } }, { rotate: 90 }],
          audio: [
            { from: 'music', duckUnder: 'said' },
            { from: { pick: ['voice', 'music'] }, name: 'said' },
          ],
        },
        still: { type: 'image', from: 'logo' },
        small: { type: 'image', from: 'still' },
        each: { type: 'image', from: '$other' },
      },
      deliver: [
        { to: 's3://b/a', outputs: ['film', 'small'] },
        { to: 's3://b/c', outputs: ['small'] },
        { to: 's3://b/d' },
      ],
    });
    expect(expand({ inputs: { video: upload, music: uploadId(2) } }, template)).toEqual({
      inputs: { video: upload, music: uploadId(2) },
      matrix: { axes: { part: ['video'] } },
      outputs: {
        film: {
          type: 'video',
          from: { concat: ['video'] },
          edit: [{ rotate: 90 }],
          audio: [
            { from: 'music', duckUnder: 'said' },
            { from: { pick: ['music'] }, name: 'said' },
          ],
        },
      },
      deliver: [{ to: 's3://b/a', outputs: ['film'] }, { to: 's3://b/d' }],
    });
    expect(expand({ inputs: { video: upload } }, template).outputs['film']).not.toHaveProperty('audio');
    const voiced = expand({ inputs: { video: upload, voice: upload } }, template);
    expect(voiced.outputs['film']).toMatchObject({ audio: [{ from: { pick: ['voice'] }, name: 'said' }] });
  });

  test('ducks under no layer that is left out', () => {
    const template = mine({
      inputs: { ...video, voice: { summary: 'v', optional: true } },
      outputs: {
        film: {
          type: 'video',
          audio: [
            { from: 'video', duckUnder: 'said' },
            { from: 'voice', name: 'said' },
          ],
        },
      },
    });
    expect(expand({ inputs: { video: upload } }, template).outputs['film']).toHaveProperty('audio', [
      { from: 'video' },
    ]);
  });

  test('that would make nothing without an optional input says so', () => {
    const template = mine({
      inputs: { ...video, logo: { summary: 'l', optional: true } },
      outputs: { a: { type: 'image', from: 'logo' } },
    });
    expect(() => expand({ inputs: { video: upload } }, template)).toThrow(/at least one output/);
  });

  test('sets what a call leaves open', () => {
    const template = mine({ inputs: video, outputs: { a: 'mp4' }, onError: 'continue', limits: { maxSeconds: 60 } });
    expect(expand({ inputs: { video: upload } }, template)).toMatchObject({
      onError: 'continue',
      limits: { maxSeconds: 60 },
    });
    expect(expand({ inputs: { video: upload }, onError: 'fail' }, template)).toMatchObject({ onError: 'fail' });
  });

  test.each<[string, object, string]>([
    ['an unknown placeholder', { outputs: { a: { type: 'image', from: 'video', at: '{{tme}}' } } }, '/outputs/a/at'],
    ['one in its policy', { deliver: [{ to: 's3://b/{{x}}' }] }, '/deliver/0/to'],
    ['one in an input of its own', { inputs: { ...video, c: { color: '{{x}}', seconds: 1 } } }, '/inputs/c/color'],
    [
      'a default of another type',
      { params: { time: { type: 'color', description: '', default: 'red' } } },
      '/params/time/default',
    ],
    [
      'a default outside its bounds',
      { params: { time: { type: 'integer', description: '', default: 0, minimum: 1 } } },
      '/params/time/default',
    ],
    [
      'a default that is no choice',
      { params: { time: { type: 'string', description: '', default: 'c', enum: ['a', 'b'] } } },
      '/params/time/default',
    ],
    [
      'a list inside a longer text',
      { params: { time: { type: 'array', description: '', items: {} } }, outputs: { a: text('x {{time}}') } },
      '/outputs/a/edit/0/text/value',
    ],
    ['a parameter named as a list', { inputs: { time: { summary: '', many: true, optional: true } } }, '/params/time'],
    [
      'an input named as a member of a list',
      { inputs: { v: { summary: 'v', many: true }, v_1: { summary: 'v' } } },
      '/inputs/v_1',
    ],
  ])('has a mistake: %s', (_, body, pointer) => {
    const time = { time: { type: 'duration', description: 'd', default: 1 } };
    const inputs = { ...video, time: { summary: 'x', many: true } };
    const template = mine({
      inputs: pointer === '/params/time' ? inputs : video,
      params: time,
      outputs: { a: 'mp4' },
      ...(pointer === '/params/time' ? {} : body),
    });
    expect(templateErrors(template).map((error) => error.pointer)).toEqual([pointer]);
  });
});

describe('ad-variants', () => {
  const template = 'ad-variants';
  const example = adVariants.example as Record<string, unknown>; // true: it is the params of a call

  test('is the sample of the design, from one compact body', async () => {
    const job = expand({ template, name: 'test_task', seed: 7, params: example });
    await expect(`${JSON.stringify(job, null, 2)}\n`).toMatchFileSnapshot('../golden/templates/ad-variants.json');
    expect(() => canonicalize(job, presets)).not.toThrow();
  });

  test.each([
    ['without music', { ...example, audioBlocks: {} }, [{ name: 'voice', from: { pick: ['vo1', 'vo2'] } }]],
    ['without speech', { ...example, textToSpeech: [] }, [{ from: { pick: ['bg1', 'bg2'] }, gain: 0.2, loop: true }]],
    ['without either', { videoBlocks: example['videoBlocks'] }, undefined],
  ])('works %s', (_, params, audio) => {
    const job = expand({ template, params });
    const { ad } = job.outputs;
    expect(ad).toHaveProperty('from', { concat: ['$block_1', '$block_2'] });
    expect(typeof ad === 'object' && 'audio' in ad ? ad.audio : undefined).toEqual(audio);
    expect(() => canonicalize(job, presets)).not.toThrow();
  });

  test('joins the picks of several audio blocks, and takes each distinct address and text once', () => {
    const said = { text: 'a', voice: 'b' };
    const job = expand({
      template,
      params: {
        videoBlocks: {
          one: ['https://e.com/1', 'https://e.com/2', 'https://e.com/1'],
          two: ['https://e.com/2', 'https://e.com/3'],
        },
        audioBlocks: { x: ['https://e.com/m', 'https://e.com/n'], y: ['https://e.com/n'] },
        textToSpeech: [said, { ...said, voice: 'c' }, said],
        fps: 5,
        speed: 'ultrafast',
      },
    });
    expect(job.inputs).toEqual({
      a1: 'https://e.com/1',
      a2: 'https://e.com/2',
      b2: 'https://e.com/3',
      bg1: 'https://e.com/m',
      bg2: 'https://e.com/n',
      vo1: { speech: said },
      vo2: { speech: { ...said, voice: 'c' } },
    });
    expect(job.matrix).toEqual({ axes: { one: ['a1', 'a2'], two: ['a2', 'b2'] } });
    expect(job.outputs['ad']).toMatchObject({
      fps: 5,
      encode: { preset: 'mp4', speed: 'ultrafast' },
      audio: [
        { from: { concat: [{ pick: ['bg1', 'bg2'] }, { pick: ['bg2'] }] }, gain: 0.2, loop: true, duckUnder: 'voice' },
        { name: 'voice', from: { pick: ['vo1', 'vo2'] } },
      ],
    });
    expect(job).not.toHaveProperty('deliver');
  });

  test.each<[object, string]>([
    [{}, '/params/videoBlocks'],
    [{ videoBlocks: {} }, '/params/videoBlocks'],
    [{ videoBlocks: { a: [] } }, '/params/videoBlocks/a'],
    [{ videoBlocks: { a: ['https://e.com/1'] }, audioBlocks: { b: [] } }, '/params/audioBlocks/b'],
    [{ videoBlocks: { a: ['https://e.com/1'] }, textToSpeech: [{ text: 'a' }] }, '/params/textToSpeech/0/voice'],
    [{ videoBlocks: { a: ['https://e.com/1'] }, deliverTo: 'ftp://x' }, '/params/deliverTo'],
    [{ videoBlocks: { a: ['https://e.com/1'] }, video_blocks: {} }, '/params/video_blocks'],
  ])('%j is refused at %s', (params, pointer) => {
    expect(() => expand({ template, params })).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }),
      }),
    );
  });

  test('takes no inputs by name', () => {
    expect(() => expand({ template, inputs: { a: upload }, params: example })).toThrow(/it takes none/);
  });
});

test('the template and the call of docs/templates.md are a job', async () => {
  const page = await readFile(new URL('../../docs/templates.md', import.meta.url), 'utf8');
  const block = /```jsonc\n(?<json>[^]*?)```/.exec(page)?.groups?.['json'] ?? '';
  const [, written = '', call = ''] = block.split(/^\/\/ .*$/m);
  const template = Template.parse({ name: 'teaser', ...JSON.parse(written) });
  expect(templateErrors(template)).toEqual([]);
  const parsed = { ...JSON.parse(call), inputs: { film: upload } };
  const job = canonicalize(expand(parsed, template), presets);
  expect(job.spec.outputs['teaser']).toMatchObject({
    from: { concat: ['film'] },
    edit: [{ text: { value: 'Sea: coming soon', end: 4 } }],
    size: { shortSide: 720 },
  });
});
