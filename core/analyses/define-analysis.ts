/** The shape of an analysis: one file of this folder each. */
import type { Analysis, AnalysisKind, FindingOf } from '../job/findings.ts';
import type { VideoStream } from '../media/probe.ts';

type AnalysisOf<K extends AnalysisKind> = Extract<Analysis, { kind: K }>;

export type AnalysisDefinition<K extends AnalysisKind = AnalysisKind> = {
  readonly kind: K;
  readonly summary: string;
  /** Which track it looks at. */
  readonly of: 'picture' | 'sound';
  /** The filters, for this picture track, before `metadata=print` (or `ametadata=print`), which writes what they see into a file. */
  readonly filters: (analysis: AnalysisOf<K>, video: VideoStream | undefined) => readonly string[];
  /** Reads what was written: FFmpeg's `key=value` lines under `frame:… pts_time:…` heads. `seconds` is the window's length. */
  readonly parse: (text: string, analysis: AnalysisOf<K>, seconds: number | null) => FindingOf<K>;
};

export const defineAnalysis = <K extends AnalysisKind>(definition: AnalysisDefinition<K>): AnalysisDefinition<K> =>
  definition;
