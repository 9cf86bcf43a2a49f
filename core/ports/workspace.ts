/** Private scratch folders: one per attempt at a task, gone afterwards. */
import type { Asset } from '../job/plan.ts';

export interface Workspace {
  /**
   * Makes an empty folder that only this process can read, hands its absolute path to `work`, and removes it whatever
   * happens. Fails with `limit.storage` when fewer than `neededBytes` are free.
   */
  use<T>(neededBytes: number, work: (folder: Folder) => Promise<T>): Promise<T>;
}

export interface Folder {
  readonly path: string;
  /** The absolute path of a file in the folder. The name is one of ours (`FileName`). */
  at(file: string): string;
  writeText(file: string, text: string): Promise<void>;
  /**
   * Lets `work` write parts, one behind another, at places of a file of that length, which is made where it is not there; what is not written
   * is zeros, and takes no room where the file system can do that. Fails with `limit.storage` where the disk is full.
   */
  fill(
    file: string,
    bytes: number,
    work: (write: (at: number, parts: readonly Uint8Array[]) => Promise<void>) => Promise<void>,
  ): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /** Copies what ships with the deployment to `assetPath` in the folder. */
  place(asset: Asset): Promise<void>;
  /** A text file of at most `maxBytes`: UTF-8, or UTF-16 with a byte order mark. Larger ones fail with `input.too_large`. */
  text(file: string, maxBytes: number): Promise<string>;
  bytes(file: string, start: number, length: number): Promise<Uint8Array>;
  /** Every regular file and its size in bytes, by name. */
  list(): Promise<readonly { readonly file: string; readonly bytes: number }[]>;
  /** Size in bytes and sha256 (hex); undefined where there is no such regular file. */
  measure(file: string): Promise<{ readonly bytes: number; readonly sha256: string } | undefined>;
}
