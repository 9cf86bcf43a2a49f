import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fieldErrors, parseRequest } from '#core/job/issues.ts';
import { JobRequest } from '#core/job/spec.ts';

const video = (extra: object) => ({ inputs: { in: 'upl_1' }, outputs: { out: { type: 'video', ...extra } } });

const errorsOf = (body: unknown) => {
  try {
    parseRequest(JobRequest, body);
  } catch (error) {
    return (error as { facts: { errors: { pointer: string; code: string; message: string }[] } }).facts.errors;
  }
  return [];
};

describe('the errors of a request', () => {
  test.each([
    ['a misspelt field', { ...video({}), outptus: {} }, [['/outptus', 'unknown_field', /did you mean "outputs"/]]],
    ['an unknown field', video({ foo: 1 }), [['/outputs/out/foo', 'unknown_field', /the fields are type, from/]]],
    [
      'two of them',
      video({ encod: 'mp4', sizes: {} }),
      [
        ['/outputs/out/encod', 'unknown_field', /"encode"/],
        ['/outputs/out/sizes', 'unknown_field', /"size"/],
      ],
    ],
    [
      'a missing field',
      {},
      [
        ['/inputs', 'required', /is required/],
        ['/outputs', 'required', /is required/],
      ],
    ],
    [
      'a misspelt preset',
      { inputs: { in: 'a' }, outputs: { out: 'mp5' } },
      [['/outputs/out', 'invalid_value', /did you mean "mp4"/]],
    ],
    [
      'a misspelt type',
      { inputs: { in: 'a' }, outputs: { out: { type: 'vidio' } } },
      [['/outputs/out/type', 'invalid_value', /did you mean "video"/]],
    ],
    [
      'a missing type',
      { inputs: { in: 'a' }, outputs: { out: { fps: 5 } } },
      [['/outputs/out/type', 'invalid_value', /is required: one of "video"/]],
    ],
    ['a wrong JSON type', video({ fps: 'fast' }), [['/outputs/out/fps', 'invalid_value', /must be "source"/]]],
    [
      'a wrong length of time',
      video({ start: true }),
      [['/outputs/out/start', 'invalid_type', /must be number or string/]],
    ],
    [
      'a misspelt edit',
      video({ edit: [{ overlai: { image: 'in' } }] }),
      [
        ['/outputs/out/edit/0/overlay', 'required', /is required/],
        ['/outputs/out/edit/0/overlai', 'unknown_field', /"overlay"/],
      ],
    ],
    [
      'an edit of no kind',
      video({ edit: [{ blur: 3 }] }),
      [['/outputs/out/edit/0', 'invalid_kind', /one of the fields overlay, text/]],
    ],
    [
      'something deep inside',
      video({ edit: [{ overlay: { image: 'in', opacity: 2 } }] }),
      [['/outputs/out/edit/0/overlay/opacity', 'too_big', /<=1/]],
    ],
    [
      'an input of no kind',
      { inputs: { in: {} }, outputs: { out: 'mp4' } },
      [['/inputs/in', 'invalid_kind', /one of the fields upload, url/]],
    ],
    [
      'a bad name',
      { inputs: { '9': 'a' }, outputs: { out: 'mp4' } },
      [['/inputs/9', 'invalid_name', /must start with a letter/]],
    ],
    ['a name that needs escaping', { ...video({}), 'a/b~c': 1 }, [['/a~1b~0c', 'unknown_field', /not a field/]]],
    [
      'a misspelt field of a template call',
      { template: 'convert', inputs: {}, parms: {} },
      [['/parms', 'unknown_field', /"params"/]],
    ],
    ['a list', [], [['', 'invalid_type', /must be object/]]],
  ])('%s', (_what, body, expected) => {
    const found = errorsOf(body);
    expect(found.map(({ pointer, code }) => [pointer, code])).toEqual(
      expected.map(([pointer, code]) => [pointer, code]),
    );
    for (const [index, [, , message]] of expected.entries()) expect(found[index]?.message).toMatch(message as RegExp);
  });

  test('of a parse without our words are still one a field', () => {
    const parsed = z.strictObject({ a: z.string().optional() }).safeParse({ b: 1, c: 2 });
    expect(parsed.error && fieldErrors(parsed.error)).toEqual([
      { pointer: '/b', code: 'unknown_field', message: 'is not a field here' },
      { pointer: '/c', code: 'unknown_field', message: 'is not a field here' },
    ]);
  });
});
