/** Where delivered files go: paths with placeholders, checked when the job comes in and filled when it has ended. */
import type { Variant } from './expand.ts';
import { namesIn } from './refs.ts';
import type { Name } from './values.ts';

const placeholder = /\{([^{}]*)\}/g;

/** What a placeholder may say everywhere. */
const general = ['job.name', 'job.createdAt', 'output'];

/** What is wrong with a path's placeholders, in one sentence; undefined where they can be filled. */
export const pathError = (path: string, axes: readonly Name[], varies: boolean): string | undefined => {
  const known = [...general, ...(varies ? ['variant', ...axes] : [])];
  const unknown = [...path.matchAll(placeholder)].map((match) => match[1] ?? '').find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const why = !varies && (unknown === 'variant' || axes.includes(unknown)) ? 'is no variant of anything' : undefined;
    return why
      ? `"{${unknown}}": the output ${why}`
      : `"{${unknown}}" is unknown; there are ${known.map((name) => `{${name}}`).join(', ')}`;
  }
  return /[{}]/.test(path.replaceAll(placeholder, '')) ? 'every "{" needs its "}"' : undefined;
};

/** One step of a path that every target takes: no separators, no "..", no control characters. */
const asStep = (text: string): string =>
  text
    .normalize('NFC')
    .replaceAll(/[\p{C}\\/:*?"<>|{}]+/gu, '-')
    .replaceAll(/^[.\s]+|[.\s]+$/g, '')
    .slice(0, 128);

/**
 * The path with its placeholders filled: `{job.name}` (the id where it has no name), `{job.createdAt}` (as in
 * `2026-11-21T10-15-00Z`), `{output}`, `{variant}` and the names of the axes. Relative, without empty steps; it ends in
 * "/" where the path does.
 */
export const fillPath = (
  path: string,
  of: {
    readonly job: { readonly id: string; readonly createdAt: string; readonly spec: { readonly name?: string } };
    /** The name of the output as it is made, such as `ad-3`. */
    readonly output: Name;
    readonly variant?: Variant;
  },
): string => {
  const values: Record<string, string> = {
    ...Object.fromEntries(Object.entries(of.variant?.axes ?? {}).map(([axis, ref]) => [axis, namesIn(ref).join('-')])),
    'job.name': of.job.spec.name ?? of.job.id,
    'job.createdAt': of.job.createdAt.replace(/\.\d+Z$/, 'Z'),
    output: of.output,
    variant: of.variant ? String(of.variant.n) : '',
  };
  const filled = path.replaceAll(placeholder, (_, name: string) => asStep(values[name] ?? ''));
  const steps = filled.split('/').filter((step) => step !== '' && !/^\.+$/.test(step));
  return steps.join('/') + (path.endsWith('/') && steps.length > 0 ? '/' : '');
};
