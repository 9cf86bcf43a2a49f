/** A template and its parameters: the form is made from what the API says of them. */
import type { TemplateView } from '#core/templates/view.ts';
import { api, type Page } from '../../app/api.ts';
import { useLive } from '../../app/live.ts';
import { Field } from '../../ui/field.tsx';
import { ErrorBox, Loading } from '../../ui/states.tsx';
import { chooseTemplate, declared, errorAt, params, template } from './draft.ts';
import type { Field as Value } from './parameters.ts';
import { SourceSlot } from './source-slot.tsx';

type Parameter = TemplateView['params'][string];

const set = (name: string, value: Value): void => {
  params.value = { ...params.value, [name]: value };
};

/** `previewSeconds` becomes “Preview seconds”. */
const titleOf = (name: string): string => {
  const words = name.replaceAll(
    /([a-z])([A-Z])|[_-]/g,
    (_, a: string = '', b: string = '') => `${a} ${b.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
};

type Inputs = { readonly parameter: Parameter; readonly value: Value; readonly onValue: (value: Value) => void };

const Control = ({ parameter, value, onValue, ...wiring }: Inputs & Readonly<Record<string, unknown>>) => {
  const text = typeof value === 'string' ? value : '';
  const onInput = (event: { readonly currentTarget: { readonly value: string } }): void =>
    onValue(event.currentTarget.value);
  switch (parameter.type) {
    case 'integer':
    case 'number':
      return (
        <input
          {...wiring}
          type="number"
          min={parameter.minimum}
          max={parameter.maximum}
          step={parameter.type === 'integer' ? 1 : 'any'}
          value={text}
          onInput={onInput}
        />
      );
    case 'boolean':
      return (
        <input
          {...wiring}
          type="checkbox"
          checked={value === true}
          onChange={(event) => onValue(event.currentTarget.checked)}
        />
      );
    case 'string':
      return parameter.enum ? (
        <select {...wiring} value={text} onChange={onInput}>
          {parameter.default === undefined && <option value="">Choose…</option>}
          {parameter.enum.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : (
        <input {...wiring} type="text" maxLength={parameter.maxLength ?? 500} value={text} onInput={onInput} />
      );
    case 'duration':
      return <input {...wiring} type="text" placeholder="3s, 2m30s, 00:02:30" value={text} onInput={onInput} />;
    case 'color':
      return <input {...wiring} type="color" value={text || '#000000'} onInput={onInput} />;
    case 'array':
      return <textarea {...wiring} rows={3} value={text} onInput={onInput} placeholder="One on each line" />;
    case 'json':
      return <textarea {...wiring} class="mono" rows={6} spellcheck={false} value={text} onInput={onInput} />;
  }
};

const boundsOf = (parameter: Parameter): string => {
  const { minimum, maximum }: { minimum?: number | undefined; maximum?: number | undefined } =
    'minimum' in parameter || 'maximum' in parameter ? parameter : {};
  if (minimum === undefined && maximum === undefined) return '';
  return ` ${minimum ?? '…'} to ${maximum ?? '…'}.`;
};

const Choices = ({ name, parameter }: { readonly name: string; readonly parameter: Parameter & { type: 'array' } }) => {
  const value = params.value[name];
  const picked = Array.isArray(value) ? (value as readonly string[]) : []; // true: lists with choices hold texts
  return (
    <fieldset class="choices">
      <legend>{titleOf(name)}</legend>
      {parameter.items.enum?.map((choice) => (
        <label key={choice}>
          <input
            type="checkbox"
            checked={picked.includes(choice)}
            onChange={(event) =>
              set(name, event.currentTarget.checked ? [...picked, choice] : picked.filter((one) => one !== choice))
            }
          />
          {choice}
        </label>
      ))}
    </fieldset>
  );
};

const Parameters = ({ called }: { readonly called: TemplateView }) => (
  <div class="fields">
    {Object.entries(called.params).map(([name, parameter]) =>
      parameter.type === 'array' && parameter.items.enum ? (
        <Choices key={name} name={name} parameter={parameter} />
      ) : (
        <Field
          key={name}
          label={titleOf(name)}
          hint={`${parameter.description}${boundsOf(parameter)}`}
          error={errorAt(`/params/${name}`)}
        >
          {(wiring) => (
            <Control
              {...wiring}
              parameter={parameter}
              value={params.value[name] ?? ''}
              onValue={(next) => set(name, next)}
            />
          )}
        </Field>
      ),
    )}
  </div>
);

export const TemplateForm = () => {
  const { value, error, reload } = useLive(
    (signal) => api.json<Page<TemplateView>>('GET', '/v1/templates', { signal }),
    [],
  );
  if (error !== undefined && !value) return <ErrorBox error={error} retry={reload} />;
  if (!value) return <Loading />;
  const called = template.value;
  return (
    <>
      <fieldset class="cards">
        <legend class="hidden">Template</legend>
        {value.items.map((one) => (
          <label key={one.name} class="card">
            <input
              type="radio"
              name="template"
              checked={called?.name === one.name}
              onChange={() => chooseTemplate(one)}
            />
            <span class="card-title">{one.name}</span>
            <span class="card-text">{one.summary}</span>
          </label>
        ))}
      </fieldset>
      {called && (
        <>
          {declared(called).map(({ slot, summary, optional, many }) => (
            <SourceSlot
              key={slot}
              slot={slot}
              title={titleOf(slot)}
              hint={optional ? `${summary} May be left out.` : summary}
              many={many === true}
              error={errorAt(`/inputs/${slot}`)}
            />
          ))}
          <Parameters called={called} />
        </>
      )}
    </>
  );
};
