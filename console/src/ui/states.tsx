/** What stands where there is nothing (yet). */
import type { ComponentChildren } from 'preact';
import { messageOf, problemIn } from '../app/api.ts';
import { Icon, type IconName } from './icon.tsx';

export const Empty = (props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}) => (
  <div class="empty">
    <Icon name={props.icon} class="empty-icon" />
    <p class="empty-title">{props.title}</p>
    {props.children}
  </div>
);

/** Grey lines in the shape of what comes. */
export const Loading = ({ lines = 3 }: { readonly lines?: number }) => (
  <div class="loading" role="status">
    <span class="hidden">Loading…</span>
    {Array.from({ length: lines }, (_, n) => (
      <div key={n} class="loading-line" />
    ))}
  </div>
);

export const ErrorBox = ({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) => {
  const problem = problemIn(error);
  return (
    <div class="box box-bad" role="alert">
      <p class="box-title">
        <Icon name="cross" /> {problem?.title ?? 'That did not work'}
      </p>
      <p>{messageOf(error)}</p>
      {problem?.remedy && <p class="muted">{problem.remedy}</p>}
      <p class="box-foot">
        {retry && (
          <button type="button" class="button" onClick={retry}>
            <Icon name="retry" /> Try again
          </button>
        )}
        {problem && <code class="muted">{[problem.code, problem.requestId].filter(Boolean).join(' · ')}</code>}
      </p>
    </div>
  );
};
