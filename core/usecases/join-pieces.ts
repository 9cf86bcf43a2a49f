/** The pieces of a film where the store holds them, with the tables that tell of their samples. */
import { Failure, hasCode } from '../failures.ts';
import type { MakeTask, Piece } from '../job/plan.ts';
import type { OutputFile, TaskResult } from '../job/task-result.ts';
import type { JobRecord, TaskRecord } from '../job/state.ts';
import type { JoinPiece, JoinPieces } from '../media/mp4/join.ts';
import { parseSampleTable } from '../media/mp4/sample-table.ts';
import type { Folder } from '../ports/workspace.ts';
import { inParallel } from './in-parallel.ts';
import type { RunTaskDeps } from './task-run.ts';

/** A task that makes pieces, and what it made. */
export interface Maker {
  readonly task: MakeTask;
  readonly result: TaskResult;
}

export interface LoadedPiece extends JoinPiece {
  readonly stored: OutputFile;
}
export type LoadedPieces = { readonly [of in keyof JoinPieces]: readonly LoadedPiece[] };

/** Tables are a few kilobytes each, and there may be thousands. */
const lanes = 32;
const maxTableBytes = 2 ** 26;

/** Of this plan; what an earlier one left behind may have the same names. */
export const makersOf = (job: Pick<JobRecord, 'plan'>, tasks: readonly TaskRecord[]): Maker[] => {
  const planned = new Set(job.plan?.stages.flat());
  return tasks.flatMap(({ id, task, state, result }) =>
    task.kind === 'make' && state === 'succeeded' && result && (job.plan === null || planned.has(id))
      ? [{ task, result }]
      : [],
  );
};

/** Where each file of pieces lies, by output and name. Of two makers of a file the later one in the list counts. */
export const filesIn = (makers: readonly Maker[]): ReadonlyMap<string, OutputFile> =>
  new Map(
    makers.flatMap(({ result }) =>
      Object.entries(result.outputs ?? {}).flatMap(([output, { files }]) =>
        files.map((file) => [`${output}/${file.name}`, file] as const),
      ),
    ),
  );

/** That a piece, or its table, is not what its maker had stored. */
export class DamagedPieces extends Error {
  readonly pieces: readonly Piece[];
  constructor(pieces: readonly Piece[], cause: unknown) {
    super('Pieces are damaged or gone.', { cause });
    this.pieces = pieces;
  }
}

const isDamage = (error: unknown): boolean => hasCode(error, 'input.changed') || hasCode(error, 'input.not_found');

/** Throws `DamagedPieces` where tables are not what they were. Fails with `encode.verify_failed` where a piece is not as planned. */
export const loadPieces = async (
  { objects }: Pick<RunTaskDeps, 'objects'>,
  folder: Folder,
  pieces: readonly Piece[],
  options: { readonly files: ReadonlyMap<string, OutputFile>; readonly round: number; readonly signal: AbortSignal },
): Promise<LoadedPiece[]> => {
  const loaded: LoadedPiece[] = [];
  const damaged: { piece: Piece; error: unknown }[] = [];
  await inParallel(pieces.entries(), lanes, async ([n, piece]) => {
    try {
      const [stored, table] = [piece.file, piece.table].map((name) => options.files.get(`${piece.output}/${name}`));
      if (!stored || !table) throw new Failure('input.not_found', { detail: `${piece.file} was not made.` });
      const file = `${options.round}-${piece.table}`;
      const got = await objects.download(table, folder.at(file), options.signal);
      if (table.sha256 !== null && got.sha256 !== table.sha256) throw new Failure('input.changed');
      const parsed = parseSampleTable(await folder.text(file, maxTableBytes));
      loaded[n] = { stored, table: parsed, drop: piece.drop };
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.push({ piece, error });
    }
  });
  if (damaged.length > 0)
    throw new DamagedPieces(
      damaged.map(({ piece }) => piece),
      damaged[0]?.error,
    );
  for (const [n, { file, samples }] of pieces.entries()) assertCounted(file, samples, loaded[n]);
  return loaded;
};

const assertCounted = (file: string, planned: number | undefined, loaded: LoadedPiece | undefined): void => {
  const made = (loaded?.table.sizes.length ?? 0) - (loaded?.drop?.first ?? 0) - (loaded?.drop?.last ?? 0);
  if (planned === undefined || made === planned) return;
  const detail = `The piece ${file} has ${made} pictures; ${planned} were planned.`;
  throw new Failure('encode.verify_failed', { detail, phase: 'checking' });
};

/**
 * Which of the pieces the store has no longer as they were, after it has refused to compose them: the one that the
 * failure names, and all others that can be seen to be gone or replaced. Undefined where the failure is another one.
 */
export const damagedIn = async (
  { objects }: Pick<RunTaskDeps, 'objects'>,
  pieces: readonly { readonly piece: Piece; readonly stored: OutputFile }[],
  error: unknown,
): Promise<readonly Piece[] | undefined> => {
  if (!isDamage(error) || !(error instanceof Failure)) return undefined;
  const damaged = new Set(pieces.filter(({ stored }) => stored.key === error.facts.object).map(({ piece }) => piece));
  await inParallel(pieces, lanes, async ({ piece, stored }) => {
    const head = await objects.head(stored.key);
    if (head?.bytes !== stored.bytes || head.etag !== (stored.etag ?? head.etag)) damaged.add(piece);
  });
  return [...damaged];
};
