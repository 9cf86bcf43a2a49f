/** A film in pieces on a runner: fetched by its header, planned to be cut, and its tasks saved. */
import type { JoinTask, Plan } from '#core/job/plan.ts';
import { readIndex } from '#core/usecases/read-index.ts';
import { planOf } from './plans.ts';
import type { TestRunner } from './runner.ts';

type Runner = Pick<TestRunner, 'upload' | 'run' | 'record' | 'save'> & {
  readonly deps: Pick<TestRunner['deps'], 'objects'>;
};

export interface Pieces {
  readonly plan: Plan;
  /** What must have ended before the join. */
  readonly makers: readonly string[];
  readonly join: JoinTask;
}

/** Fails where the planner does not cut the film. */
const planPieces = async (
  runner: Runner,
  file: string,
  output: Record<string, unknown> = {},
  leastChunkSeconds = 3,
): Promise<Pieces> => {
  await runner.upload(file);
  await runner.run('input-video');
  const input = (await runner.record('input-video')).result?.input;
  const index = input && (await readIndex(runner.deps.objects, input));
  if (!input || !index) throw new Error('the film has no index');
  const cutting = {
    indexes: { video: index },
    leastChunkSeconds,
    capacity: { kind: 'local', workers: 1000, vcpus: 1000 } as const,
  };
  const encode = { preset: 'mp4', speed: 'ultrafast' };
  const plan = planOf(
    { out: { type: 'video', encode, ...output } },
    { video: input.probe },
    { rest: { optimize: 'speed' }, cutting },
  );
  const join = plan.tasks.find((task) => task.kind === 'join');
  if (!join) throw new Error(`the film is not cut: ${plan.warnings.join()}`);
  await runner.save(...plan.tasks);
  return { plan, join, makers: plan.stages.flat().filter((id) => id !== join.id) };
};

/** Runs everything but the join. */
export const makePieces = async (runner: Runner, file: string): Promise<Pieces> => {
  const pieces = await planPieces(runner, file);
  for (const id of pieces.makers) await runner.run(id);
  return pieces;
};
