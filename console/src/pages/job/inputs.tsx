/** What went in, and what is known of it. */
import type { Probe } from '#core/media/probe.ts';
import { bytes, clock } from '../../app/format.ts';
import type { JobView } from '../../app/jobs.ts';
import { Status } from '../../ui/status.tsx';

const rate = ({ num, den }: { readonly num: number; readonly den: number }): string =>
  (num / den).toFixed(2).replace(/\.?0+$/, '');

const layouts: Readonly<Record<number, string>> = { 1: 'mono', 2: 'stereo' };

/** As people say it: `1280×720`, `30 fps`, `h264`. */
export const facts = (probe: Probe): string[] => [
  ...(probe.durationSeconds === null ? [] : [clock(probe.durationSeconds)]),
  ...probe.video
    .slice(0, 1)
    .flatMap(({ width, height, fps, codec, transfer }) => [
      `${width}×${height}`,
      ...(fps ? [`${rate(fps)} fps`] : []),
      codec,
      ...(transfer === 'sdr' ? [] : ['HDR']),
    ]),
  ...probe.audio.slice(0, 1).map(({ codec, channels }) => `${codec} ${layouts[channels] ?? `${channels} channels`}`),
  ...(probe.subtitles.length > 0 ? [`${probe.subtitles.length} subtitles`] : []),
  probe.container,
  ...(probe.bytes > 0 ? [bytes(probe.bytes)] : []),
];

export const Inputs = ({ job }: { readonly job: JobView }) => (
  <section aria-labelledby="inputs">
    <h2 id="inputs">Inputs</h2>
    <ul class="list">
      {Object.entries(job.inputs).map(([name, { status, probe, notes, sha256 }]) => (
        <li key={name} class="list-row">
          <strong>{name}</strong>
          {status === 'ready' ? null : <Status status={status} />}
          {probe && (
            <ul class="chips">
              {facts(probe).map((fact) => (
                <li key={fact}>{fact}</li>
              ))}
            </ul>
          )}
          {notes.map((note) => (
            <span key={note} class="muted small">
              {note}
            </span>
          ))}
          {sha256 !== null && (
            <span class="muted small mono hash" title={`sha256 ${sha256}`}>
              {sha256.slice(0, 12)}…
            </span>
          )}
        </li>
      ))}
    </ul>
  </section>
);
