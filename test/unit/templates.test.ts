import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { canonicalize } from '#core/job/canonical.ts';
import { TemplateCall } from '#core/job/spec.ts';
import { assertSupported } from '#core/planner/supported.ts';
import { presets } from '#core/presets/index.ts';
import { expandTemplate } from '#core/templates/expand.ts';
import { templates } from '#core/templates/index.ts';
import { Template } from '#core/templates/template.ts';
import { uploadId } from '#test/support/records.ts';

const upload = uploadId(1);
const expand = (call: object) => expandTemplate(TemplateCall.parse(call));

test('every file of the folder is in the list, and every template is valid', async () => {
  const files = await readdir(new URL('../../core/templates', import.meta.url));
  const names = files
    .map((file) => file.replace('.ts', ''))
    .filter((name) => !['index', 'template', 'expand'].includes(name));
  expect(templates.map(({ name }) => name).sort()).toEqual(names.sort());
  for (const template of templates) expect(Template.parse(template)).toEqual(template);
});

test.each(templates)(
  '$name makes a job that this build can carry out, with every value of its parameters',
  (template) => {
    const inputs = Object.fromEntries(Object.keys(template.inputs).map((name) => [name, upload]));
    const calls = Object.entries(template.params).flatMap(([name, parameter]) =>
      (parameter.type === 'string' ? parameter.enum : [parameter.minimum, parameter.maximum]).map((value) => ({
        [name]: value,
      })),
    );
    for (const params of [{}, ...calls]) {
      const job = canonicalize(expand({ template: template.name, inputs, params }), presets);
      expect(() => assertSupported(job)).not.toThrow();
    }
  },
);

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
    [{ template: 'watermrk', inputs: {} }, '/template', /did you mean "watermark"/],
    [{ template: 'dance', inputs: {} }, '/template', /there are convert/],
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
    [{ template: 'watermark', inputs: { video: upload, logo: upload }, params: { x: -1 } }, '/params/x', />=0/],
    [{ template: 'watermark', inputs: { video: upload, logo: upload }, params: { x: '10' } }, '/params/x', /number/],
    [{ template: 'convert', inputs: { a: upload }, outputs: { output: 'gif' } }, '/outputs/output', /already/],
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
