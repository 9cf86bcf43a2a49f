import { Failure } from '../failures.ts';
import { claimedKey } from '../job/keys.ts';
import type { JoinTask, Piece } from '../job/plan.ts';
import type { OutputFile, TaskResult } from '../job/task-result.ts';
import type { JobRecord } from '../job/state.ts';
import { joinedFile } from '../media/mp4/join.ts';
import type { StoredPiece } from '../ports/object-store.ts';
import type { Folder } from '../ports/workspace.ts';
import { checkJoin } from './check-joined.ts';
import {
  DamagedPieces,
  damagedIn,
  filesIn,
  type LoadedPieces,
  loadPieces,
  type Maker,
  makersOf,
} from './join-pieces.ts';
import { runMakeTask } from './run-make-task.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** Each round mends all damage that can be seen; more rounds than this are a store that loses what it is given. */
const maxRounds = 5;
const spareBytes = 64 * 2 ** 20;

/**
 * Joins the pieces of a film within the store, and looks whether it is the film that was planned. A piece that is
 * damaged or gone is made again by this very run, and nobody hears of it but the log. Fails with `encode.verify_failed`,
 * and with what making pieces fails with.
 */
export const runJoinTask = async (
  deps: RunTaskDeps,
  job: Pick<JobRecord, 'plan'>,
  run: TaskRun<JoinTask>,
): Promise<TaskResult> => {
  const makers = makersOf(job, await deps.jobs.tasks(run.claim.jobId));
  for (let round = 1; ; round += 1) {
    try {
      return await deps.workspace.use(spareBytes, (folder) => joined(deps, run, folder, { makers, round }));
    } catch (error) {
      if (!(error instanceof DamagedPieces)) throw error;
      if (round === maxRounds)
        throw new Failure('platform.internal', { detail: 'Pieces were damaged again and again.' }, { cause: error });
      makers.push(...(await madeAgain(deps, job, run, { makers, pieces: error.pieces })));
    }
  }
};

type Attempt = { readonly makers: readonly Maker[]; readonly round: number };

const joined = async (
  deps: RunTaskDeps,
  run: TaskRun<JoinTask>,
  folder: Folder,
  { makers, round }: Attempt,
): Promise<TaskResult> => {
  const { task, report, signal, owner, claim } = run;
  const { write } = task;
  const options = { files: filesIn(makers), round, signal };
  const pieces: LoadedPieces = await report.during('joining', 'download', async () => ({
    picture: await loadPieces(deps, folder, task.picture, options),
    sound: await loadPieces(deps, folder, task.sound, options),
  }));
  report.advance(0.2);
  const file = joinedFile(pieces);
  const parts = file.layout.map(({ of, piece }): StoredPiece => {
    const stored = pieces[of][piece]?.stored;
    if (!stored) throw new TypeError('only pieces are laid out');
    const { key, bytes, etag, sha256 } = stored;
    return { key, bytes, ...(etag !== undefined && { etag }), ...(sha256 !== null && { sha256 }) };
  });
  const key = claimedKey('outputs', owner, claim, write.file);
  const { contentType } = write;
  const object = await report.during('joining', 'join', () =>
    deps.objects.compose(key, [file.head, ...parts], { contentType, signal }).catch(async (error: unknown) => {
      const all = (['picture', 'sound'] as const).flatMap((of) =>
        task[of].flatMap((piece, n) => {
          const stored = pieces[of][n]?.stored;
          return stored ? [{ piece, stored }] : [];
        }),
      );
      const damaged = await damagedIn(deps, all, error);
      throw damaged ? new DamagedPieces(damaged, error) : error;
    }),
  );
  report.advance(0.7);
  const { checks, warnings } = await report.during('checking', 'verify', () =>
    checkJoin(deps, run, folder, { object, joined: file, pieces }),
  );
  const { bytes, etag, sha256 } = object;
  const made: OutputFile = { name: write.file, key, etag, bytes, type: contentType, sha256 };
  const attestation = { engine: (await deps.media.engine()).version, commands: commandsOf(task, makers), checks };
  return {
    outputs: { [write.output]: { files: [made], attestation } },
    warnings: [...warnings],
    timings: report.timings(),
    stderrTail: '',
  };
};

const makerOf = (makers: readonly Maker[], { output, file, task }: Piece): Maker | undefined =>
  makers.find(({ result }) => result.outputs?.[output]?.files.some(({ name }) => name === file)) ??
  makers.find((maker) => maker.task.id === task);

/** Of the first piece of the picture and of the sound: of the others only times and names differ. */
const commandsOf = ({ picture, sound }: JoinTask, makers: readonly Maker[]): string[][] =>
  [picture[0], sound[0]].flatMap((piece) => {
    const maker = piece && makerOf(makers, piece);
    return maker ? maker.task.commands.map((command) => command.arguments) : [];
  });

/** By the tasks that made them, under this claim. */
const madeAgain = async (
  deps: RunTaskDeps,
  job: Pick<JobRecord, 'plan'>,
  run: TaskRun<JoinTask>,
  { makers, pieces }: { readonly makers: readonly Maker[]; readonly pieces: readonly Piece[] },
): Promise<Maker[]> => {
  const again = new Map<string, Maker>();
  for (const piece of pieces) {
    const maker = makerOf(makers, piece);
    if (!maker) throw new Failure('platform.internal', { detail: `Nothing makes the piece ${piece.file}.` });
    again.set(maker.task.id, maker);
  }
  const made: Maker[] = [];
  for (const { task } of again.values()) {
    deps.log.warn('piece is damaged and made again', { ...run.claim, piece: task.id });
    made.push({ task, result: await runMakeTask(deps, job, { ...run, task, crashedBefore: false }) });
  }
  return made;
};
