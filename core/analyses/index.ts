/** The analyses that this build can carry out. A test compares the list with the folder. */
import type { AnalysisKind } from '../job/findings.ts';
import { black } from './black.ts';
import { crop } from './crop.ts';
import type { AnalysisDefinition } from './define-analysis.ts';
import { loudness } from './loudness.ts';
import { scenes } from './scenes.ts';
import { silence } from './silence.ts';

// Widened to any kind: a definition is only ever called with analyses of its own kind.
export const analysisDefinitions = [scenes, silence, black, loudness, crop] as unknown as readonly AnalysisDefinition[];

export const analysisNamed = (kind: AnalysisKind): AnalysisDefinition => {
  const definition = analysisDefinitions.find((each) => each.kind === kind);
  if (!definition) throw new TypeError(`no analysis looks for ${kind}`);
  return definition;
};
