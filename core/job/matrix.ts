/**
 * The variants of a job: every combination of the matrix's axes. `exclude` and `include` mean what they mean in GitHub
 * Actions, in this order: an exclusion takes away the combinations that hold all of its values; an inclusion is added to
 * every original combination that it contradicts nowhere, and becomes a variant of its own where there is none.
 * https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
 */
import { Failure, type FieldError } from '../failures.ts';
import type { Ref } from './refs.ts';
import type { JobSpec } from './spec.ts';
import type { Name } from './values.ts';

export type Matrix = NonNullable<JobSpec['matrix']>;

/** A value for each axis. */
export type Combination = Readonly<Record<Name, Ref>>;

/** Counted from 1; the number stays with the combination where `only` leaves others out. */
export type NumberedCombination = { readonly n: number; readonly axes: Combination };

/** No deployment allows more. Exclusions do not help: this many are never listed. */
const mostCombinations = 10_000;
const defaultVariants = 100;

/** Values are parsed, so the same value prints the same. */
const same = (a: Ref | undefined, b: Ref): boolean => JSON.stringify(a) === JSON.stringify(b);

const combinations = (axes: Matrix['axes']): Combination[] =>
  Object.entries(axes).reduce<Combination[]>(
    (all, [axis, values]) => all.flatMap((combination) => values.map((value) => ({ ...combination, [axis]: value }))),
    [{}],
  );

const holds = (combination: Combination, values: Combination): boolean =>
  Object.entries(values).every(([axis, value]) => same(combination[axis], value));

/** The axes that a combination already had decide whether it may be extended; what inclusions added may be replaced. */
const included = (originals: readonly Combination[], inclusions: readonly Combination[]): Combination[] => {
  const extended = [...originals];
  const added: Combination[] = [];
  for (const inclusion of inclusions) {
    let isAdded = false;
    for (const [n, original] of originals.entries()) {
      const contradicts = Object.entries(inclusion).some(
        ([axis, value]) => Object.hasOwn(original, axis) && !same(original[axis], value),
      );
      if (contradicts) continue;
      extended[n] = { ...extended[n], ...inclusion };
      isAdded = true;
    }
    if (!isAdded) added.push(inclusion);
  }
  return [...extended, ...added];
};

const tooMany = (count: number, most: number): Failure => {
  const message = `the matrix makes ${count} variants; at most ${most} are allowed`;
  return new Failure('spec.too_many_variants', {
    detail: message,
    errors: [{ pointer: '/matrix', code: 'spec.too_many_variants', message }],
  });
};

/** Fails with `spec.too_many_variants` above `most`. */
export const assertVariants = (count: number, most = mostCombinations): void => {
  if (count > most) throw tooMany(count, most);
};

/** Every axis: those that are declared, and those that only inclusions have. */
export const axesOf = (matrix: Matrix | undefined): Name[] => [
  ...new Set([...Object.keys(matrix?.axes ?? {}), ...(matrix?.include ?? []).flatMap(Object.keys)]),
];

/** What is wrong with the matrix itself; names in its values are checked with all the others. */
export const matrixErrors = (matrix: Matrix): FieldError[] => {
  const error = (pointer: string, message: string): FieldError => ({ pointer, code: 'spec.invalid', message });
  const listed = <T>(list: readonly T[] | undefined, look: (item: T, at: string) => FieldError[], name: string) =>
    (list ?? []).flatMap((item, n) => look(item, `/matrix/${name}/${n}`));
  const isEmpty = (values: object, at: string): FieldError[] =>
    Object.keys(values).length === 0 ? [error(at, 'must name at least one axis')] : [];
  return [
    ...isEmpty(matrix.axes, '/matrix/axes'),
    ...listed(matrix.include, isEmpty, 'include'),
    ...listed(
      matrix.exclude,
      (values, at) => [
        ...isEmpty(values, at),
        ...Object.keys(values)
          .filter((axis) => !Object.hasOwn(matrix.axes, axis))
          .map((axis) => error(`${at}/${axis}`, `there is no axis "${axis}"`)),
      ],
      'exclude',
    ),
  ];
};

/**
 * The variants of a matrix without `matrixErrors`; none without a matrix. Fails with `spec.too_many_variants` above `most`
 * (`limits.maxVariants`, or 100), and with `spec.invalid` where nothing is left.
 */
export const variantsOf = (matrix: Matrix | undefined, most = defaultVariants): readonly NumberedCombination[] => {
  if (!matrix) return [];
  const product = Object.values(matrix.axes).reduce((count, values) => count * values.length, 1);
  if (product > mostCombinations) throw tooMany(product, Math.min(most, mostCombinations));
  const kept = combinations(matrix.axes).filter(
    (combination) => !(matrix.exclude ?? []).some((values) => holds(combination, values)),
  );
  const numbered = included(kept, matrix.include ?? []).map((axes, n) => ({ n: n + 1, axes }));
  const wanted = matrix.only ? numbered.filter(({ n }) => matrix.only?.includes(n)) : numbered;
  assertVariants(wanted.length, most);
  if (wanted.length > 0) return wanted;
  const message = 'no variant is left: everything is excluded';
  throw new Failure('spec.invalid', {
    detail: `/matrix: ${message}`,
    errors: [{ pointer: '/matrix', code: 'spec.invalid', message }],
  });
};
