/** The job as text, with what is wrong with it at the line where it is. */
import { useRef } from 'preact/hooks';
import { Field } from '../../ui/field.tsx';
import { formText, parsed, problem, text } from './draft.ts';
import { locate } from './locate.ts';
import { SourceSlot } from './source-slot.tsx';
import { inSlot } from './sources.ts';

const slot = 'file';

const Errors = ({ jump }: { readonly jump: (offset: number) => void }) => (
  <ul class="errors" aria-live="polite">
    {problem.value?.errors.map(({ pointer, message }) => {
      const place = locate(text.value, pointer);
      return (
        <li key={`${pointer} ${message}`}>
          {place && (
            <button type="button" class="button" onClick={() => jump(place.offset)}>
              Line {place.line}
            </button>
          )}
          <span>
            <code>{pointer}</code> {message}
          </span>
        </li>
      );
    })}
  </ul>
);

export const JsonForm = () => {
  const area = useRef<HTMLTextAreaElement>(null);
  const jump = (offset: number): void => {
    const end = text.value.indexOf('\n', offset);
    area.current?.focus();
    area.current?.setSelectionRange(offset, end === -1 ? text.value.length : end);
  };
  const rows = Math.min(32, Math.max(14, text.value.split('\n').length + 1));
  const uploaded = inSlot(slot).flatMap(({ label, input }) =>
    typeof input === 'string' ? [`${label}: ${input}`] : [],
  );
  return (
    <>
      <Field label="Job" error={'error' in parsed.value ? parsed.value.error : undefined}>
        {(wiring) => (
          <textarea
            {...wiring}
            ref={area}
            class="mono"
            rows={rows}
            spellcheck={false}
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
              problem.value = undefined;
            }}
          />
        )}
      </Field>
      <Errors jump={jump} />
      <button type="button" class="button button-start" onClick={() => (text.value = formText())}>
        Start over from the form
      </button>
      <SourceSlot
        slot={slot}
        title="Uploads"
        hint={uploaded.length > 0 ? `Name them in the job: ${uploaded.join(', ')}` : 'Send a file to get its id.'}
        many
      />
    </>
  );
};
