/**
 * What is wrong with a request, field by field, in words that name a remedy. Unions are the reason that this file
 * exists: zod reports every branch, a person wants the errors of the one that was meant.
 */
import * as z from 'zod';
import { Failure, type FieldError } from '../failures.ts';
import { nearest } from './references.ts';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

const quoted = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

const guess = (given: unknown, known: readonly unknown[]): string => {
  const names = known.filter((value) => typeof value === 'string');
  const meant = typeof given === 'string' ? nearest(given, names) : undefined;
  return meant === undefined ? '' : `; did you mean "${meant}"?`;
};

const choices = (given: unknown, known: readonly unknown[]): string =>
  given === undefined
    ? `is required: one of ${quoted(known)}`
    : `must be ${known.length === 1 ? '' : 'one of '}${quoted(known)}${guess(given, known)}`;

const knownFields = (schema: unknown): readonly string[] =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];

const unknownField = (key: string, known: readonly string[]): string =>
  `is not a field here${guess(key, known) || (known.length === 0 ? '' : `: the fields are ${known.join(', ')}`)}`;

const required = 'is required';

const isMissing = (issue: Issue): boolean => issue.message === required;

/** Messages of ours for what zod words for programmers. One line for each unknown key, in the order of the keys. */
const message = (issue: RawIssue): string | undefined => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownField(key, knownFields(issue.inst))).join('\n');
  if (issue.code === 'invalid_value') return choices(issue.input, issue.values);
  if (issue.code === 'invalid_union' && 'discriminator' in issue && Array.isArray(issue['options']))
    return choices(tagOf(issue.input, issue.discriminator), issue['options']);
  if ((issue.code === 'invalid_type' || issue.code === 'invalid_union') && issue.input === undefined) return required;
  return undefined;
};

const tagOf = (input: unknown, tag: unknown): unknown =>
  typeof input === 'object' && input !== null && typeof tag === 'string'
    ? Object.getOwnPropertyDescriptor(input, tag)?.value
    : undefined;

/**
 * How far a branch is from what was sent; a branch of another JSON type is the farthest. However many fields are missing,
 * it is the first of equal branches that is meant.
 */
const distance = (issues: readonly Issue[]): number =>
  issues.filter((issue) => !isMissing(issue)).reduce((sum, issue) => sum + issueDistance(issue), 0) +
  (issues.some(isMissing) ? missing : 0);

const otherType = 1000;
const otherValue = 100;
const otherKind = 30;
const missing = 8;

const issueDistance = (issue: Issue): number => {
  const isRoot = issue.path.length === 0;
  if (isMissing(issue)) return missing;
  if (isRoot && issue.code === 'invalid_type') return otherType;
  if (isRoot && issue.code === 'invalid_value') return otherValue;
  if (isRoot && issue.code === 'unrecognized_keys')
    return issue.message.split('\n').reduce((sum, line) => sum + (line.includes('did you mean') ? 5 : 10), 0);
  if (issue.code === 'invalid_value' && issue.path.length === 1) return otherKind;
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return 1;
  const nested = Math.min(...issue.errors.map(distance));
  return isRoot ? nested : Math.min(nested, 5);
};

const typesOf = (branches: readonly (readonly Issue[])[]): readonly string[] => [
  ...new Set(branches.flat().flatMap((issue) => (issue.code === 'invalid_type' ? [issue.expected] : []))),
];

/** The fields that tell the branches apart, where each of them lacks some: the first that it lacks. */
const kindsOf = (branches: readonly (readonly Issue[])[]): readonly string[] => {
  const lacking = branches.map((branch) => branch.filter((issue) => isMissing(issue) && issue.path.length === 1));
  const first = lacking.flatMap(([issue]) => (issue ? [String(issue.path[0])] : []));
  return first.length === branches.length ? first : [];
};

/** Fields as a JSON pointer (RFC 6901). */
const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const unionErrors = (issue: Issue & { code: 'invalid_union' }, path: readonly PropertyKey[]): FieldError[] => {
  const ranked = issue.errors.map((branch) => ({ branch, far: distance(branch) })).toSorted((a, b) => a.far - b.far);
  const best = ranked[0];
  if (!best) return [{ pointer: pointerOf(path), code: 'invalid_value', message: issue.message }];
  const kinds = kindsOf(ranked.filter(({ far }) => far === best.far).map(({ branch }) => branch));
  if (kinds.length >= 3) {
    return [
      { pointer: pointerOf(path), code: 'invalid_kind', message: `must have one of the fields ${kinds.join(', ')}` },
    ];
  }
  if (best.far < otherType) return best.branch.flatMap((inner) => errorsOf(inner, path));
  return [{ pointer: pointerOf(path), code: 'invalid_type', message: `must be ${typesOf(issue.errors).join(' or ')}` }];
};

const errorsOf = (issue: Issue, parent: readonly PropertyKey[]): FieldError[] => {
  const path = [...parent, ...issue.path];
  if (issue.code === 'invalid_union' && !isMissing(issue)) return unionErrors(issue, path);
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => ({ pointer: pointerOf(path), code: 'invalid_name', message: inner.message }));
  if (issue.code !== 'unrecognized_keys')
    return [{ pointer: pointerOf(path), code: isMissing(issue) ? 'required' : issue.code, message: issue.message }];
  const lines = issue.message.split('\n');
  return issue.keys.map((key, n) => ({
    pointer: pointerOf([...path, key]),
    code: 'unknown_field',
    message: lines.length === issue.keys.length ? (lines[n] ?? '') : 'is not a field here',
  }));
};

/** Every wrong field of a failed parse; of a union the errors of the branch that comes nearest to what was sent. */
export const fieldErrors = (error: z.ZodError): FieldError[] => error.issues.flatMap((issue) => errorsOf(issue, []));

/** The failure that a request with wrong fields ends in. */
export const invalidFields = (errors: readonly FieldError[]): Failure => {
  const [first, ...rest] = errors;
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more)`;
  const detail = first ? `${first.pointer || 'The body'}: ${first.message}${more}` : undefined;
  return new Failure('spec.invalid', { detail, errors });
};

/** The same failure of a part of a request that lies at `pointer`. */
export const failureWithin = (pointer: string, error: unknown): unknown => {
  if (!(error instanceof Failure) || !error.facts.errors) return error;
  const errors = error.facts.errors.map((field) => ({ ...field, pointer: pointer + field.pointer }));
  return new Failure(error.code, { ...error.facts, errors }, { cause: error });
};

/** The parsed value. Fails with `spec.invalid` and the wrong fields; `locate` may say where the value lies in the request. */
export const parseRequest = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  locate: (pointer: string) => string = (pointer) => pointer,
): z.output<S> => {
  const parsed = schema.safeParse(value, { error: message });
  if (parsed.success) return parsed.data;
  throw invalidFields(fieldErrors(parsed.error).map((error) => ({ ...error, pointer: locate(error.pointer) })));
};
