/** Why a job failed, what can be done, and how to see it happen on one's own machine. */
import type { JobError } from '#core/job/state.ts';
import { Code } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';

export const JobErrorBox = ({ error }: { readonly error: JobError }) => (
  <section class="box box-bad" aria-label="Error">
    <p class="box-title">
      <Icon name="cross" /> {error.message}
    </p>
    <p>{error.hint}</p>
    <p class="muted small">
      <code>{error.code}</code>
      {error.output !== null && ` · output ${error.output}`}
      {error.phase !== null && ` · while ${error.phase}`}
      {error.retryable && ' · may pass by itself'}
    </p>
    {error.repro !== null && (
      <details open>
        <summary>The same on your machine</summary>
        <Code text={error.repro} label="Copy the command" />
      </details>
    )}
    {error.stderrTail !== null && error.stderrTail !== '' && (
      <details>
        <summary>What FFmpeg said last</summary>
        <Code text={error.stderrTail} label="Copy" />
      </details>
    )}
  </section>
);
