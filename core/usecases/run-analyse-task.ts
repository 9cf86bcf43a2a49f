import { analysisNamed } from '../analyses/index.ts';
import type { AnalyseTask } from '../job/plan.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { JobRecord } from '../job/state.ts';
import { gather } from './gather.ts';
import { runCommands } from './run-commands.ts';
import { bytesOf, taskReads } from './task-reads.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** FFmpeg writes some 100 bytes for each picture at most: ten hours of them. */
const maxBytes = 256 * 2 ** 20;

/** Looks into a source, and resolves to what was found. Fails with what `runCommands` fails with. */
export const runAnalyseTask = async (
  deps: RunTaskDeps,
  job: Pick<JobRecord, 'plan'>,
  run: TaskRun<AnalyseTask>,
): Promise<TaskResult> => {
  const { task, report, signal, crashedBefore } = run;
  const reads = await taskReads(deps, job, run);
  return deps.workspace.use(bytesOf(reads), async (folder) => {
    await report.during('downloading', 'download', () => gather(deps, run, folder, reads));
    const how = { folder: folder.path, limits: task.limits, report, signal, crashedBefore, share: 1 };
    const runs = await report.during('encoding', 'analyse', () => runCommands(deps.media, task.commands, how));
    // Where there was nothing to be said of any picture, FFmpeg made no file.
    const text = (await folder.measure(task.file)) ? await folder.text(task.file, maxBytes) : '';
    const seconds = task.commands[0]?.progressSeconds ?? null;
    return {
      finding: analysisNamed(task.analysis.kind).parse(text, task.analysis, seconds),
      warnings: [],
      timings: report.timings(),
      stderrTail: runs
        .map(({ stderrTail }) => stderrTail)
        .join('\n')
        .trim(),
    };
  });
};
