/** What has to be looked for before an output can be planned: tasks that look, and what they have found so far. */
import { analysisNamed } from '../analyses/index.ts';
import { fileArgument, quietFlags } from '../ffmpeg/hardened.ts';
import { readArguments } from '../ffmpeg/reading.ts';
import type { Source, Window } from '../ffmpeg/recipe.ts';
import type { Analysis, Finding, FindingOf } from '../job/findings.ts';
import type { AnalyseTask, TaskId } from '../job/plan.ts';
import { taskLimits } from './limits.ts';

export type Wanted<A extends Analysis = Analysis> = {
  readonly analysis: A;
  readonly source: Source;
  readonly window: Window;
};

export type Find = <A extends Analysis>(wanted: Wanted<A>) => FindingOf<A['kind']>;

/** Thrown through the plan of an output that needs a finding which is not there yet. It never leaves the planner. */
export class Awaiting extends Error {}

const seen = 'found.txt';
/** Progress where the clip's length is not known. */
const unknownSeconds = 60;

const analyseTask = ({ analysis, source, window }: Wanted, hash: (text: string) => string): AnalyseTask => {
  const { of, filters } = analysisNamed(analysis.kind);
  const track = of === 'picture' ? source.video : source.audio;
  const print = `${of === 'picture' ? 'metadata' : 'ametadata'}=mode=print:file=${seen}`;
  const command = {
    arguments: [
      ...quietFlags,
      ...['-progress', 'pipe:3', '-stats_period', '0.5'],
      ...readArguments('in0', window),
      ...['-map', `0:${track?.index ?? 0}`],
      ...[of === 'picture' ? '-vf' : '-af', [...filters(analysis, source.video), print].join(',')],
      // The null muxer opens no file.
      ...['-f', 'null', fileArgument('nothing')],
    ],
    progressSeconds: Math.max(0.001, window.seconds ?? unknownSeconds),
  };
  const key = hash(JSON.stringify([analysis, source.from, track?.index, window])).slice(0, 12);
  return {
    kind: 'analyse',
    id: `look-${analysis.kind}-${key}`,
    label: `${analysis.kind} of ${source.name}`,
    reads: [{ file: 'in0', from: source.from }],
    commands: [command],
    limits: taskLimits({ seconds: window.seconds, outputs: 1 }),
    analysis,
    file: seen,
  };
};

/** `find` answers from `findings`, or throws `Awaiting`; `tasks` are those that find all that was ever asked for. */
export const finder = (
  findings: Readonly<Record<TaskId, Finding>>,
  hash: (text: string) => string,
): { readonly find: Find; readonly tasks: ReadonlyMap<TaskId, { task: AnalyseTask; of: Source }> } => {
  const tasks = new Map<TaskId, { task: AnalyseTask; of: Source }>();
  const find: Find = (wanted) => {
    const task = analyseTask(wanted, hash);
    tasks.set(task.id, { task, of: wanted.source });
    const finding = findings[task.id];
    if (!finding) throw new Awaiting();
    return finding as FindingOf<(typeof wanted)['analysis']['kind']>; // true: the runner records findings of the task's kind
  };
  return { find, tasks };
};
