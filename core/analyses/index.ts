/** The analyses that this build can carry out. A test compares the list with the folder. */
import type { AnalysisKind } from '../job/findings.ts';
import type { AnalysisDefinition } from './define-analysis.ts';

export const analysisDefinitions = [] as unknown as readonly AnalysisDefinition[];

export const analysisNamed = (kind: AnalysisKind): AnalysisDefinition => {
  const definition = analysisDefinitions.find((each) => each.kind === kind);
  if (!definition) throw new TypeError(`no analysis looks for ${kind}`);
  return definition;
};
