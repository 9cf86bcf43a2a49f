/** The shape of a document kind: one file of this folder each. */
import type { Document, DocumentOf } from '../job/documents.ts';
import type { FileName } from '../job/file-name.ts';

/** What a document is made of: the files of the task's folder, for reading. */
export interface FolderFiles {
  /** UTF-8, or UTF-16 with a byte order mark. Fails with `input.too_large` above `maxBytes`. */
  readonly text: (file: FileName, maxBytes: number) => Promise<string>;
  readonly bytes: (file: FileName, start: number, length: number) => Promise<Uint8Array>;
  /** Size and sha256 in hexadecimal; undefined where there is no such file. */
  readonly measure: (file: FileName) => Promise<{ readonly bytes: number; readonly sha256: string } | undefined>;
  /** Every file of the folder and its size in bytes, by name. */
  readonly list: () => Promise<readonly { readonly file: FileName; readonly bytes: number }[]>;
}

/**
 * Makes the text. Fails with `input.corrupt` where a source cannot be read as what it should be, and with
 * `encode.verify_failed` where FFmpeg did not write what the document tells of.
 */
export type MakeDocument<K extends Document['kind']> = (
  document: DocumentOf<K>,
  files: FolderFiles,
) => Promise<string> | string;
