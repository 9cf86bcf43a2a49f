/** The job that is being made: it stays while one looks elsewhere, until it is started. */
import { computed, signal } from '@preact/signals';
import { presets } from '#core/presets/index.ts';
import type { TemplateView } from '#core/templates/view.ts';
import type { Problem } from '#client/api.ts';
import { type Field, fieldsOf, valueOf } from './parameters.ts';
import { inSlot, type Source, sources } from './sources.ts';

export type Mode = 'presets' | 'template' | 'json';

export const mode = signal<Mode>('presets');
/** The form that was looked at last: the text is begun from it. */
const form = signal<Exclude<Mode, 'json'>>('presets');
export const chosen = signal<ReadonlySet<string>>(new Set(['mp4-fast', 'thumb']));
/** Of the shorter side in pixels; empty for that of the source. */
export const height = signal('');
export const name = signal('');
export const goesOn = signal(false);
export const template = signal<TemplateView | undefined>(undefined);
/** As they stand in the form's fields. */
export const params = signal<Readonly<Record<string, Field>>>({});
/** The job as text. */
export const text = signal('');
/** What the API said to the last attempt. */
export const problem = signal<Problem | undefined>(undefined);

export const presetSlot = 'video';

export const chooseTemplate = (next: TemplateView): void => {
  template.value = next;
  params.value = fieldsOf(next);
  problem.value = undefined;
};

const isDeclaration = (input: unknown): input is { summary: string; optional?: boolean; many?: boolean } =>
  typeof input === 'object' && input !== null && 'summary' in input;

/** What a call of the template must or may bring. */
export const declared = ({ inputs }: TemplateView) =>
  Object.entries(inputs).flatMap(([slot, input]) => (isDeclaration(input) ? [{ slot, ...input }] : []));

const policy = () => ({
  ...(name.value.trim() ? { name: name.value.trim() } : {}),
  ...(goesOn.value ? { onError: 'continue' } : {}),
});

const videoPresets: ReadonlySet<string> = new Set(
  Object.entries(presets).flatMap(([preset, { type }]) => (type === 'video' ? [preset] : [])),
);

const outputs = (): Record<string, unknown> =>
  Object.fromEntries(
    [...chosen.value].map((preset) => {
      const isSized = height.value !== '' && videoPresets.has(preset);
      return [preset, isSized ? { type: 'video', encode: preset, size: { shortSide: Number(height.value) } } : preset];
    }),
  );

/** What stands for a file that has not arrived: no job is started with it. */
const awaited = 'upl_…';
const inputOf = (source: Source | undefined): unknown => source?.input ?? awaited;

const longestName = 128;

const presetJob = (source: Source | undefined): object => ({
  ...(source?.file || source ? { name: source.label.slice(-longestName) } : {}),
  ...policy(),
  inputs: { [presetSlot]: inputOf(source) },
  outputs: outputs(),
});

const templateJob = (called: TemplateView): object => {
  const inputs = declared(called).flatMap(({ slot, many }) => {
    const found = inSlot(slot);
    if (found.length === 0) return [];
    return [[slot, many ? found.map(inputOf) : inputOf(found[0])] as const];
  });
  const values = Object.entries(called.params).flatMap(([param, { type }]) => {
    const value = valueOf(type, params.value[param]);
    return value === undefined ? [] : [[param, value] as const];
  });
  return {
    template: called.name,
    ...policy(),
    inputs: Object.fromEntries(inputs),
    params: Object.fromEntries(values),
  };
};

/** Whether everything is there that a call of the template must bring. */
const isFilled = (called: TemplateView): boolean =>
  declared(called).every(({ slot, optional }) => optional === true || inSlot(slot).length > 0);

/** What the form makes: a job for each file with presets, one with a template. */
const formJobs = computed((): readonly object[] => {
  if (form.value === 'template') return template.value && isFilled(template.value) ? [templateJob(template.value)] : [];
  const files = inSlot(presetSlot);
  return chosen.value.size === 0 ? [] : files.map(presetJob);
});

/** The form's job as text, whether or not it could be started. */
export const formText = (): string => {
  const called = form.value === 'template' ? template.value : undefined;
  const [first = called ? templateJob(called) : presetJob(undefined)] = formJobs.value;
  return JSON.stringify(first, null, 2);
};

export const chooseMode = (next: Mode): void => {
  mode.value = next;
  if (next !== 'json') form.value = next;
  if (next === 'json' && text.value === '') text.value = formText();
  problem.value = undefined;
};

export const parsed = computed((): { readonly job: unknown } | { readonly error: string } => {
  try {
    return { job: JSON.parse(text.value) as unknown };
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'That is not JSON.' };
  }
});

export const jobs = computed((): readonly unknown[] => {
  if (mode.value !== 'json') return formJobs.value;
  return 'job' in parsed.value ? [parsed.value.job] : [];
});

/** Files of other slots than those that are in use do not matter. */
const used = computed((): readonly Source[] => {
  if (mode.value === 'json') return [];
  if (mode.value === 'presets') return inSlot(presetSlot);
  const slots = new Set(template.value ? declared(template.value).map(({ slot }) => slot) : []);
  return sources.value.filter(({ slot }) => slots.has(slot));
});

export const isSending = computed(() => used.value.some(({ state }) => state === 'sending'));
export const hasFailed = computed(() => used.value.some(({ state }) => state === 'failed'));

/** What the API found wrong at this place of the job, or below it. */
export const errorAt = (pointer: string): string | undefined =>
  problem.value?.errors.find((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))?.message;
