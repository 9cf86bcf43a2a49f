/** One output: to be looked at first, and to be read where one wants to know. */
import { bytes } from '../../app/format.ts';
import type { JobView, OutputView } from '../../app/jobs.ts';
import { Code } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Status } from '../../ui/status.tsx';
import { Files } from './files.tsx';
import { Preview } from './preview.tsx';

type Attested = NonNullable<OutputView['attestation']>;

const checksOf = ({ checks }: Attested): string[] => [
  ...(checks.video === null ? [] : [checks.video]),
  ...(checks.audio === null ? [] : [checks.audio]),
  ...(checks.durationSeconds === null ? [] : [`${checks.durationSeconds.toFixed(2)} s`]),
  ...(checks.frames === null ? [] : [`${checks.frames} frames`]),
  checks.decodeErrors === 0 ? 'no decode errors' : `${checks.decodeErrors} decode errors`,
];

/** As one would type it. Arguments with blanks or quotes stand in quotes. */
const commandLine = (words: readonly string[]): string =>
  [
    'ffmpeg',
    ...words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)),
  ].join(' ');

const Attestation = ({ attestation }: { readonly attestation: Attested }) => (
  <details>
    <summary>How it was made and checked</summary>
    <ul class="chips">
      {checksOf(attestation).map((check) => (
        <li key={check}>
          <Icon name="check" /> {check}
        </li>
      ))}
    </ul>
    <p class="muted small">{attestation.engine}</p>
    {attestation.commands.map((words) => (
      <Code key={words.join(' ')} text={commandLine(words)} label="Copy the command" />
    ))}
  </details>
);

const variantOf = ({ variant }: OutputView): string =>
  variant
    ? ` ${variant.n}: ${Object.entries(variant.axes)
        .map(([axis, value]) => `${axis} ${typeof value === 'string' ? value : '…'}`)
        .join(', ')}`
    : '';

/** What some deployments tell beside the rest. */
type More = { readonly speed?: number | null };

export const Output = (props: { readonly name: string; readonly output: OutputView; readonly job: JobView }) => {
  const { name, output, job } = props;
  const { speed } = output as OutputView & More; // true: the field is there or it is not
  const isRunning = output.status === 'running' || (output.status === 'waiting' && job.status === 'running');
  const size = output.files.reduce((sum, file) => sum + file.bytes, 0);
  return (
    <article class={`output output-${output.status}`} aria-label={`Output ${name}`}>
      <header class="row">
        <h3>
          {name}
          <span class="muted">{variantOf(output)}</span>
        </h3>
        <Status status={output.status} />
        {output.reused && <span class="tag">reused</span>}
        {size > 0 && <span class="muted small">{bytes(size)}</span>}
      </header>
      {isRunning && (
        <div class="row">
          <Progress share={output.progress} label={`Progress of ${name}`} />
          <span class="muted small">
            {output.phase}
            {typeof speed === 'number' && ` · ${speed.toFixed(1)}×`}
          </span>
        </div>
      )}
      {output.reason !== null && <p class="muted">{output.reason}</p>}
      {output.warnings.map((warning) => (
        <p key={warning} class="warning small">
          <Icon name="alert" /> {warning}
        </p>
      ))}
      {output.files.length > 0 && <Preview name={name} files={output.files} job={job} />}
      {output.files.length > 0 && <Files files={output.files} />}
      {output.attestation && <Attestation attestation={output.attestation} />}
    </article>
  );
};
