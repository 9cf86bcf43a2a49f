/** From files to a job: what goes in, what comes out, and start. */
import { signal, useSignalEffect } from '@preact/signals';
import { problemIn } from '../../app/api.ts';
import { count } from '../../app/format.ts';
import { submitJob } from '../../app/jobs.ts';
import { go, jobPath } from '../../app/routes.ts';
import { attempt, tellDone } from '../../app/toasts.ts';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import {
  chooseMode,
  errorAt,
  goesOn,
  hasFailed,
  isSending,
  jobs,
  mode,
  type Mode,
  name,
  problem,
  text,
} from './draft.ts';
import { JsonForm } from './json-form.tsx';
import { PlanPanel } from './plan-panel.tsx';
import { PresetForm } from './preset-form.tsx';
import { clearSources } from './sources.ts';
import { TemplateForm } from './template-form.tsx';

const modes: readonly (readonly [Mode, string])[] = [
  ['presets', 'Presets'],
  ['template', 'Template'],
  ['json', 'JSON'],
];

const Modes = () => (
  <div class="tabs" role="radiogroup" aria-label="How to say what is made">
    {modes.map(([key, label]) => (
      <label key={key} class="tab">
        <input type="radio" name="mode" checked={mode.value === key} onChange={() => chooseMode(key)} />
        {label}
      </label>
    ))}
  </div>
);

/** `armed`: starts by itself once the files have arrived. */
const stage = signal<'idle' | 'armed' | 'starting'>('idle');

const leave = (ids: readonly string[]): void => {
  clearSources();
  text.value = '';
  name.value = '';
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return go(jobPath(only));
  tellDone(`${count(ids.length, 'job')} started.`);
  go('/');
};

/** Starts all of them; the first that is refused stops it. */
const start = async (): Promise<void> => {
  stage.value = 'starting';
  problem.value = undefined;
  const ids: string[] = [];
  const send = async (): Promise<boolean> => {
    try {
      for (const job of jobs.value) ids.push((await submitJob(job)).id);
      return true;
    } catch (error) {
      problem.value = problemIn(error);
      if (!problem.value) throw error;
      return false;
    }
  };
  await attempt(async () => {
    if (await send()) leave(ids);
  });
  stage.value = 'idle';
};

/** What is wrong with what has no field of its own. */
const Problem = () => {
  const told = problem.value;
  if (!told) return null;
  return (
    <div class="box box-bad" role="alert">
      <p class="box-title">
        <Icon name="cross" /> {told.title}
      </p>
      {told.errors.length === 0 && <p>{told.detail}</p>}
      {mode.value === 'json' && told.errors.length > 0 && <p>See below the text.</p>}
      {mode.value !== 'json' && told.errors.length > 0 && (
        <ul>
          {told.errors.map(({ pointer, message }) => (
            <li key={`${pointer} ${message}`}>
              <code>{pointer}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {told.remedy && told.errors.length === 0 && <p class="muted">{told.remedy}</p>}
    </div>
  );
};

const label = (): string => {
  if (stage.value === 'armed') return 'Starts when the files are there…';
  if (stage.value === 'starting') return 'Starting…';
  return jobs.value.length > 1 ? `Start ${jobs.value.length} jobs` : 'Start';
};

const Options = () => (
  <details class="options">
    <summary>Options</summary>
    <Field label="Name" hint="For you; that of the file where it is left out." error={errorAt('/name')}>
      {(wiring) => (
        <input
          {...wiring}
          type="text"
          maxLength={128}
          value={name.value}
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      )}
    </Field>
    <label class="check">
      <input
        type="checkbox"
        checked={goesOn.value}
        onChange={(event) => (goesOn.value = event.currentTarget.checked)}
      />
      Go on where an output fails
    </label>
  </details>
);

export const NewJobPage = () => {
  useSignalEffect(() => {
    if (stage.value !== 'armed') return;
    if (hasFailed.value) stage.value = 'idle';
    else if (!isSending.value) void start();
  });
  const isReady = jobs.value.length > 0 && !hasFailed.value;
  return (
    <Page title="New job">
      <div class="columns">
        <div class="stack">
          <Modes />
          {mode.value === 'presets' && <PresetForm />}
          {mode.value === 'template' && <TemplateForm />}
          {mode.value === 'json' && <JsonForm />}
        </div>
        <aside class="panel sticky" aria-label="Start">
          {mode.value !== 'json' && <Options />}
          <Problem />
          <PlanPanel />
          <button
            type="button"
            class="button button-main button-wide"
            disabled={!isReady || stage.value !== 'idle'}
            onClick={() => (stage.value = 'armed')}
          >
            <Icon name="play" /> {label()}
          </button>
          {!isReady && (
            <p class="hint">
              {hasFailed.value ? 'A file did not arrive.' : 'Choose what goes in, and what comes out.'}
            </p>
          )}
        </aside>
      </div>
    </Page>
  );
};
