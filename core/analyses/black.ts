import { defineAnalysis } from './define-analysis.ts';
import { spansOf } from './printed.ts';

export const black = defineAnalysis({
  kind: 'black',
  summary: 'Where the picture is black.',
  of: 'picture',
  filters: ({ minSeconds }) => [`blackdetect=black_min_duration=${minSeconds}`],
  parse: (text, _, seconds) => ({
    kind: 'black',
    spans: spansOf(text, { start: 'lavfi.black_start', end: 'lavfi.black_end' }, seconds),
  }),
});
