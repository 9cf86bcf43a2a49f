/** What the console works out by itself. */
import { expect, test } from 'vitest';
import { contentSecurityPolicy } from '#console/policy.ts';
import { bytes, clock, seconds } from '#console/src/app/format.ts';
import { percentile } from '#console/src/pages/load-test/percentiles.ts';
import { locate } from '#console/src/pages/new/locate.ts';
import { fieldsOf, valueOf } from '#console/src/pages/new/parameters.ts';
import { builtIns } from '#core/templates/index.ts';
import { valuesOf } from '#core/templates/parameters.ts';
import { builtInView } from '#core/templates/view.ts';

test('a JSON pointer is found at its line, however the text is written', () => {
  const text =
    '{ "inputs": {"a": [1, {"x": "}\\",{"}, 3]},\n "outputs": {\n  "b/c": null,\n  "d": [[], {"e": 5}]\n }\n}';
  const at = (pointer: string) => {
    const place = locate(text, pointer);
    return place && [place.line, text.slice(place.offset, place.offset + 4)];
  };
  expect(at('')).toEqual([1, '{ "i']);
  expect(at('/inputs/a/2')).toEqual([1, '3]},']);
  expect(at('/inputs/a/1/x')).toEqual([1, '"}\\"']);
  expect(at('/outputs/b~1c')).toEqual([3, 'null']);
  expect(at('/outputs/d/1/e')).toEqual([4, '5}]\n']);
});

test('what is missing is shown where it should be', () => {
  expect(locate('{\n "outputs": {}\n}', '/inputs/in')).toEqual({ offset: 0, line: 1 });
  expect(locate('{\n "outputs": {}\n}', '/outputs/out')).toEqual({ offset: 14, line: 2 });
  expect(locate('', '/outputs')).toBeUndefined();
});

test('the form of each template that ships gives back what the template sets by itself', () => {
  for (const template of builtIns) {
    if ('build' in template) continue;
    const view = builtInView(template);
    const fields = fieldsOf(view);
    const given = Object.entries(view.params).map(([name, { type }]) => [name, valueOf(type, fields[name])] as const);
    expect(valuesOf(template.params, Object.fromEntries(given) as never), template.name).toEqual(
      valuesOf(template.params),
    );
  }
});

test('fields become what the parameter is', () => {
  expect(valueOf('integer', '12')).toBe(12);
  expect(valueOf('number', '')).toBeUndefined();
  expect(valueOf('boolean', false)).toBe(false);
  expect(valueOf('array', 'a\n\n b ')).toEqual(['a', 'b']);
  expect(valueOf('json', '{"a":1}')).toEqual({ a: 1 });
  expect(valueOf('json', '{')).toBe('{');
  expect(valueOf('duration', '3s')).toBe('3s');
});

test('a percentile is one of the values', () => {
  const values = Array.from({ length: 20 }, (_, n) => 20 - n);
  expect([0.5, 0.95, 0.99].map((share) => percentile(values, share))).toEqual([10, 19, 20]);
  expect(percentile([7], 0.01)).toBe(7);
  expect(percentile([], 0.5)).toBeUndefined();
});

test('numbers are written as people read them', () => {
  expect([0, 999, 1000, 999_600, 12_345_678].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '1.0 MB', '12.3 MB']);
  expect([4.24, 59.4, 200, 3900].map(seconds)).toEqual(['4.2 s', '59 s', '3 min 20 s', '1 h 5 min']);
  expect([5, 65, 3727].map(clock)).toEqual(['0:05', '1:05', '1:02:07']);
});

test('the policy of the page names the bucket for media and requests, never for scripts', () => {
  const policy = contentSecurityPolicy({
    files: ['https://bucket.example'],
    services: ['https://login.example'],
  }).split('; ');
  expect(policy).toContain("media-src 'self' https://bucket.example blob:");
  expect(policy).toContain("connect-src 'self' https://bucket.example https://login.example");
  expect(policy).toContain("script-src 'self'");
});
