/** Filters that play several sounds at once: delayed, repeated, louder or quieter, and one giving way to another. */
import type { Mix, MixLayer } from './recipe.ts';
import { evenSound, mixRate } from './sequence.ts';

/**
 * Speech of usual loudness (-20 dBFS) sets what gives way to it about 12 dB down within a few syllables, and lets it come
 * back in the pauses between sentences, not between words.
 */
const duck = 'sidechaincompress=threshold=0.015:ratio=6:attack=20:release=500:knee=4';

/** Sums are not scaled down, so that a layer is as loud as asked; what would clip is limited, without any delay. */
const limit = 'alimiter=limit=0.97:attack=5:release=50:level=0:latency=1';

const samples = (seconds: number): number => Math.round(seconds * mixRate);

const layerFilters = (layer: MixLayer, seconds: number): string[] => {
  const end = Math.min(seconds, layer.end ?? seconds);
  const { fade, gain, start } = layer;
  return [
    ...evenSound(layer.audio),
    ...layer.filters,
    ...(layer.loop ? ['aloop=loop=-1:size=2147483647'] : []),
    'asetpts=N/SR/TB',
    ...(gain === 1 ? [] : [`volume=${gain}`]),
    ...(fade.in > 0 ? [`afade=t=in:d=${fade.in}`] : []),
    ...(start > 0 ? [`adelay=delays=${samples(start)}S:all=1`] : []),
    ...(fade.out > 0 ? [`afade=t=out:st=${Math.max(start, end - fade.out)}:d=${fade.out}`] : []),
    'apad',
    `atrim=end_sample=${samples(seconds)}`,
    'asetpts=N/SR/TB',
  ];
};

/** The chains of a mix. `from` names the stream or label that a layer reads; labels begin with `prefix`. */
export const mixChains = (
  { layers, seconds }: Mix,
  { prefix, from, to }: { prefix: string; from: (layer: MixLayer) => string; to: string },
): string[] => {
  const chains: string[] = [];
  const keysOf = (n: number): number[] => layers.flatMap((layer, m) => (layer.duckUnder === n ? [m] : []));
  const heard = layers.map((_, n) => `${prefix}l${n}`);
  for (const [n, layer] of layers.entries()) {
    const keys = keysOf(n).map((m) => `[${prefix}k${m}]`);
    const split = keys.length === 0 ? '' : `,asplit=${keys.length + 1}`;
    chains.push(`[${from(layer)}]${layerFilters(layer, seconds).join(',')}${split}[${heard[n]}]${keys.join('')}`);
  }
  const mixed = layers.map((layer, n) => {
    if (layer.duckUnder === undefined) return heard[n];
    chains.push(`[${heard[n]}][${prefix}k${n}]${duck}[${prefix}d${n}]`);
    return `${prefix}d${n}`;
  });
  const sum = mixed.length > 1 ? [`amix=inputs=${mixed.length}:duration=longest:dropout_transition=0:normalize=0`] : [];
  const mayClip = mixed.length > 1 || layers.some(({ gain }) => gain > 1);
  const exact = `atrim=end_sample=${samples(seconds)}`;
  chains.push(
    `${mixed.map((each) => `[${each}]`).join('')}${[...sum, ...(mayClip ? [limit] : []), exact].join(',')}[${to}]`,
  );
  return chains;
};
