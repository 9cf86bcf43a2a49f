import { defineAnalysis } from './define-analysis.ts';
import { inMicroseconds, printedLines } from './printed.ts';

/** More have to fit into a record, and mean flicker: then cuts that follow one another closely are left out. */
const mostCuts = 10_000;

/** The cuts that lie at least `gap` seconds after the one before; the gap grows until there are few enough. */
const thinned = (cuts: readonly number[], gap = 0): number[] => {
  const kept: number[] = [];
  for (const cut of cuts) if (cut - (kept.at(-1) ?? -Infinity) >= gap) kept.push(cut);
  return kept.length <= mostCuts ? kept : thinned(cuts, Math.max(0.1, gap * 2));
};

export const scenes = defineAnalysis({
  kind: 'scenes',
  summary: 'Where the picture changes at once.',
  of: 'picture',
  filters: ({ threshold }) => [inMicroseconds, `select=gt(scene\\,${threshold})`],
  parse: (text) => {
    const cuts = [...printedLines(text, 1e6)]
      .filter(({ key }) => key === 'lavfi.scene_score')
      // Never after the picture that it belongs to.
      .map(({ at }) => Math.floor(Math.max(0, at) * 1000) / 1000);
    return { kind: 'scenes', cuts: thinned(cuts) };
  },
});
