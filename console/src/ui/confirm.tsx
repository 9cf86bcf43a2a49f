/** A question before what cannot be undone. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

interface Question {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly answer: (yes: boolean) => void;
}

const asked = signal<Question | undefined>(undefined);

/** Resolves to whether the user wants it. */
export const confirm = (question: Omit<Question, 'answer'>): Promise<boolean> =>
  new Promise((resolve) => {
    asked.value = {
      ...question,
      answer: (yes) => {
        asked.value = undefined;
        resolve(yes);
      },
    };
  });

/** Stands once in the page. The browser's own dialog keeps the focus inside and gives it back. */
export const Confirmation = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  const question = asked.value;
  useEffect(() => {
    if (question) dialog.current?.showModal();
  }, [question]);
  if (!question) return null;
  const { title, text, action, answer } = question;
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="question" onCancel={() => answer(false)}>
      <h2 id="question">{title}</h2>
      <p>{text}</p>
      <div class="row row-end">
        <button type="button" class="button" onClick={() => answer(false)}>
          Keep
        </button>
        <button type="button" class="button button-bad" onClick={() => answer(true)}>
          {action}
        </button>
      </div>
    </dialog>
  );
};
