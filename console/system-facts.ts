/** What a server on one machine tells the console about itself, at `/console/system`. */
export interface SystemFacts {
  readonly dataFolder: string;
  readonly inbox: string;
  readonly ffmpeg: string;
  /** Tasks that run FFmpeg at the same time. */
  readonly concurrency: number;
  readonly startedAt: string;
  readonly memoryBytes: number;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
  /** By the first part of the key: uploads, outputs, media, work. */
  readonly stored: readonly { readonly folder: string; readonly files: number; readonly bytes: number }[];
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number };
}
