import { defineAnalysis } from './define-analysis.ts';
import { spansOf } from './printed.ts';

export const silence = defineAnalysis({
  kind: 'silence',
  summary: 'Where nothing is to be heard.',
  of: 'sound',
  filters: ({ belowDb, minSeconds }) => [`silencedetect=noise=${belowDb}dB:duration=${minSeconds}`],
  parse: (text, _, seconds) => ({
    kind: 'silence',
    spans: spansOf(text, { start: 'lavfi.silence_start', end: 'lavfi.silence_end' }, seconds),
  }),
});
