/** What the demo prints when the job has ended. */
import type { JobView } from '#core/job/view.ts';

const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

export const seconds = (value: number): string => `${value.toFixed(1)} s`;

type Output = JobView['outputs'][string];

/** In one line what the check of an output found: streams, length, decode errors. */
export const checkOf = ({ attestation, status, reason }: Output): string => {
  if (!attestation) return reason ? `${status}: ${reason}` : status;
  const { video, audio, durationSeconds, frames, decodeErrors, exit } = attestation.checks;
  return [
    `exit ${exit}`,
    ...[video, audio].filter((stream) => stream !== null),
    ...(durationSeconds === null ? [] : [seconds(durationSeconds)]),
    ...(frames === null ? [] : [`${frames} ${frames === 1 ? 'frame' : 'frames'}`]),
    `${decodeErrors} decode error${decodeErrors === 1 ? '' : 's'}`,
  ].join(', ');
};

/** A row per output: where its file lies, how large it is, what its check said. `files` maps an output to its path. */
export const outputLines = (job: JobView, files: ReadonlyMap<string, string>): string[] => {
  const rows = Object.entries(job.outputs).map(([name, output]) => ({
    file: files.get(name) ?? name,
    bytes: output.files[0] ? size(output.files[0].bytes) : '-',
    check: checkOf(output),
  }));
  const width = Math.max(...rows.map(({ file }) => file.length));
  return rows.map(({ file, bytes, check }) => `  ${file.padEnd(width)}  ${bytes.padStart(9)}  ${check}`);
};

/** How long each phase took, in the order in which they came. */
export const timingLine = (timings: Readonly<Record<string, number>>): string =>
  Object.entries(timings)
    .filter(([, took]) => took >= 0.05)
    .map(([phase, took]) => `${phase} ${seconds(took)}`)
    .join(', ');

/** Why the job did not succeed, with the way out. */
export const failureLines = ({ error, status }: JobView): string[] => {
  if (!error) return [`The job ended as ${status}.`];
  const tail = error.stderrTail?.trim();
  return [
    `The job failed: ${error.message} (${error.code})`,
    `  ${error.hint}`,
    ...(tail
      ? [
          '  FFmpeg said:',
          ...tail
            .split('\n')
            .slice(-5)
            .map((line) => `    ${line}`),
        ]
      : []),
  ];
};
