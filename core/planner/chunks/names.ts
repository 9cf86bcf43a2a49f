/** What the files and the tasks of a film in pieces are called. */
import type { Bundle } from '../../ffmpeg/recipe.ts';
import type { Tables } from '../../job/documents.ts';
import type { FileName } from '../../job/file-name.ts';
import type { TaskId } from '../../job/plan.ts';
import type { Name } from '../../job/values.ts';

const padded = (number: number): string => String(number).padStart(4, '0');

/** What the pieces of an output are listed under: it is no output of the job. */
export const piecesOf = (output: Name, hash: (text: string) => string): Name => `pieces-${hash(output).slice(0, 16)}`;

/** `p720.c0001.mp4`. No output's name has a dot in it, so none of these is another output's. */
export const pieceFile = (of: string, chunk: number): FileName => `${of}.c${padded(chunk)}.mp4`;
export const soundFile = (output: Name): FileName => `${output}.sound.mp4`;
export const soundPieceFile = (output: Name, piece: number): FileName => `${output}.s${padded(piece)}.mp4`;
export const tableOf = (file: FileName): FileName => `${file}.json`;

/** Of a stream: what its pieces' tables are named by. */
export const tablesOf = ({ output }: Bundle, chunks: number): Tables => ({ prefix: `${output}.c`, count: chunks });
export const soundTable = (output: Name): FileName => `${output}.sound.json`;

/** What the files with the samples of the source's sound start with. */
export const stretchPrefix = (output: Name): FileName => `${output}.a`;

/** Films that are made together have their tasks named by the first of them. */
type Films = readonly [{ readonly output: Name }, ...unknown[]];

export const chunkTaskId = ([{ output }]: Films, { number }: { readonly number: number }): TaskId =>
  `chunk${padded(number)}-${output}`;
export const soundTaskId = ([{ output }]: Films): TaskId => `sound-${output}`;
export const soundPieceTaskId = ([{ output }]: Films, { number }: { readonly number: number }): TaskId =>
  `sound${padded(number)}-${output}`;
