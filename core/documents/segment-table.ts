/** What the playlists of a stream are made of where its segments were written by many: a table from each of them. */
import * as z from 'zod';
import { Failure } from '../failures.ts';
import { pieceTable, RenditionId, type Tables } from '../job/documents.ts';
import { parseHead } from '../media/mp4/head.ts';
import { readRendition, type Rendition, renditionFiles, ticksOf, totalOf } from '../media/rendition.ts';
import type { FolderFiles, MakeDocument } from './define-document.ts';

const Piece = z.strictObject({
  /** The initialization segment in hexadecimal: all pieces must have the same. */
  head: z.string(),
  /** Ticks at which the first segment starts. */
  start: z.number(),
  segments: z
    .array(z.strictObject({ file: z.string(), bytes: z.number(), ticks: z.number(), samples: z.number() }))
    .min(1),
});
type Piece = z.output<typeof Piece>;
const Table = z.record(RenditionId, Piece);

const maxTableBytes = 2 ** 24;
const maxHeadBytes = 2 ** 20;

const broken = (detail: string): Failure => new Failure('encode.verify_failed', { detail, phase: 'checking' });

const toHex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const fromHex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, n) => Number.parseInt(text.slice(2 * n, 2 * n + 2), 16));

/** Fails with `encode.verify_failed` where a piece is not what the plan says. */
export const segmentTable: MakeDocument<'segment-table'> = async ({ renditions, first, start, pictures }, files) => {
  const table: Record<string, Piece> = {};
  for (const id of renditions) {
    const rendition = await readRendition(files, id, { first, start });
    const { samples } = totalOf(rendition);
    if (pictures !== undefined && samples !== pictures)
      throw broken(`A piece of "${id}" has ${samples} pictures; ${pictures} were planned.`);
    table[id] = {
      head: toHex(await files.bytes(renditionFiles(id).head, 0, maxHeadBytes)),
      start: ticksOf(start, rendition.head.timescale),
      segments: [...rendition.segments],
    };
  }
  return JSON.stringify(table);
};

/** A rendition out of the tables of its pieces. */
export const renditionOfTables = async (files: FolderFiles, id: string, tables: Tables): Promise<Rendition> => {
  const read = async (name: string): Promise<Piece | undefined> =>
    Table.parse(JSON.parse(await files.text(name, maxTableBytes)))[id];
  const first = await read(pieceTable(tables, 0));
  const sound = first || tables.sound === undefined ? undefined : await read(tables.sound);
  if (sound) return joinedRendition(id, [sound]);
  const pieces = [first];
  for (let piece = 1; piece < tables.count; piece += 1) pieces.push(await read(pieceTable(tables, piece)));
  const found = pieces.filter((piece) => piece !== undefined);
  if (found.length < tables.count) throw broken(`A piece of "${id}" is missing.`);
  return joinedRendition(id, found);
};

/** One rendition. Fails with `encode.verify_failed` where the pieces do not follow one another, or differ in their heads. */
const joinedRendition = (id: string, tables: readonly Piece[]): Rendition => {
  const [whole] = tables;
  const head = whole && parseHead(fromHex(whole.head));
  if (!head) throw broken(`The head of "${id}" cannot be read back.`);
  let time = 0;
  for (const table of tables) {
    if (table.head !== whole.head) throw broken(`The pieces of "${id}" were not encoded alike.`);
    if (table.start !== time) throw broken(`A piece of "${id}" does not start where the one before it ends.`);
    time += table.segments.reduce((sum, { ticks }) => sum + ticks, 0);
  }
  const segments = tables.flatMap((table) => table.segments);
  const odd = segments.find(({ file }, n) => file !== segmentFile(id, n + 1));
  if (odd) throw broken(`The segment ${odd.file} is not where it belongs.`);
  return { id, head, segments };
};

const segmentFile = (id: string, number: number): string => {
  const { prefix, digits, suffix } = renditionFiles(id).segment;
  return `${prefix}${String(number).padStart(digits, '0')}${suffix}`;
};
