import { Failure } from '../failures.ts';
import type { Recipe } from '../ffmpeg/recipe.ts';
import { defineOutput } from './define-output.ts';
import { windowOf } from './window.ts';

const defaults = { width: 1280, height: 240 } as const;
/** One colour for every channel; the rest is transparent. */
const colour = '0x3b82f6';
/** FFmpeg holds all samples until it draws, so long sounds are thinned out: 40 million are 160 MB. */
const mostSamples = 40_000_000;
const rates = { least: 1_000, usual: 44_100, most: 192_000 } as const;

/** Samples a second: no more than memory has room for, no fewer than columns are drawn. */
const sampleRate = (seconds: number, width: number): number => {
  const wanted = Math.min(rates.usual, Math.floor(mostSamples / seconds));
  return Math.min(rates.most, Math.max(rates.least, wanted, Math.ceil((2 * width) / seconds)));
};

export const waveform = defineOutput({
  type: 'waveform',
  summary: `The sound as a picture: a PNG with the waveform in blue (#${colour.slice(2)}) on nothing.`,
  examples: [
    { title: '1280 × 240 pixels', output: { type: 'waveform' } },
    { title: 'A narrow one for a list', output: { type: 'waveform', width: 321, height: 48 } },
  ],
  plan: ({ name, output, source }): Recipe => {
    const { audio } = source;
    if (!audio) throw new Failure('input.no_audio_stream', { detail: `"${source.name}" has no sound.` });
    const window = windowOf(source, {});
    const { width, height } = { ...defaults, ...output };
    const rate = sampleRate(window.seconds ?? audio.durationSeconds ?? 36_000, width);
    return {
      kind: 'branch',
      output: name,
      source,
      window,
      picture: {
        index: audio.index,
        drawnFrom: 'sound',
        edits: [
          'aformat=channel_layouts=mono|stereo',
          `aresample=${rate}`,
          // Fewer samples than columns are not drawn at all.
          `apad=whole_len=${2 * width}`,
          `showwavespic=s=${width}x${height}:split_channels=0:scale=sqrt:filter=peak:colors=${colour}|${colour}`,
        ],
        resize: { width, height, plain: false, filters: [] },
        finish: ['format=rgba'],
      },
      encode: ['-an', '-frames:v', '1', '-c:v', 'png', '-f', 'image2', '-update', '1'],
      file: `${name}.png`,
      contentType: 'image/png',
      expects: { video: { codec: 'png', width, height }, audio: null, minFrames: 1 },
    };
  },
});
