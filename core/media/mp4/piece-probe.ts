/** What a piece of a film is, out of its own boxes: what ffprobe would tell of it, without a process for each piece. */
import type { Probe } from '../probe.ts';
import { probeOfRendition } from '../rendition.ts';
import { parseDescriptions } from './head.ts';
import type { SampleTable } from './sample-table.ts';

/** Undefined where it is no H.264 and no AAC. Its samples are counted, as they are listed and lie in the file. */
export const probeOfPiece = (file: string, table: SampleTable): Probe | undefined => {
  const head = parseDescriptions(table.stsd, table.timescale);
  if (head?.kind !== table.kind) return undefined;
  const ticks = table.durations.reduce((sum, each) => sum + each, 0);
  const bytes = table.sizes.reduce((sum, each) => sum + each, 0);
  return probeOfRendition({ id: file, head, segments: [{ file, bytes, ticks, samples: table.sizes.length }] });
};
