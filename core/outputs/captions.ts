import { Failure } from '../failures.ts';
import { fileArgument, quietFlags } from '../ffmpeg/hardened.ts';
import { readArguments } from '../ffmpeg/reading.ts';
import type { Recipe, Source } from '../ffmpeg/recipe.ts';
import type { OutputOf } from '../job/outputs.ts';
import { captionLimits } from '../media/cues.ts';
import type { Probe } from '../media/probe.ts';
import { containerFile } from './container-file.ts';
import { defineOutput } from './define-output.ts';
import { windowOf } from './window.ts';

type Track = Probe['subtitles'][number];

/** By ffprobe's names. Whatever else there is are pictures of text, or nothing that FFmpeg turns into text. */
const textCodecs: ReadonlySet<string> = new Set(['subrip', 'srt', 'mov_text', 'webvtt', 'ass', 'ssa', 'text']);
const extracted = 'track.srt';
const wholeFile = { start: 0, seconds: null, trimmed: false };

const isCaptionFile = ({ probe }: Source): boolean => probe.container === 'srt' || probe.container === 'webvtt';

/** `eng`, `en` and `en-GB` are the same language here. */
const language = (tag: string): string => {
  try {
    return new Intl.Locale(tag).language;
  } catch {
    return tag.toLowerCase();
  }
};

const tracksIn = (tracks: readonly Track[]): string =>
  tracks.map((track) => `${track.language ?? 'no language'} (${track.codec})`).join(', ');

/** Fails with `spec.invalid` where there is none, and with `spec.unsupported` where it is a track of pictures. */
const chosenTrack = (source: Source, wanted: string | undefined): Track => {
  const { subtitles } = source.probe;
  if (subtitles.length === 0) {
    throw new Failure('spec.invalid', { detail: `"${source.name}" has no subtitle track and is no caption file.` });
  }
  const spoken = subtitles.filter(
    (track) => wanted === undefined || (track.language !== null && language(track.language) === language(wanted)),
  );
  const readable = spoken.find(({ codec }) => textCodecs.has(codec));
  if (readable) return readable;
  const [picture] = spoken;
  if (picture) {
    throw new Failure('spec.unsupported', {
      detail: `The subtitles of "${source.name}" are pictures of text (${picture.codec}), which cannot be made into a caption file.`,
    });
  }
  throw new Failure('spec.invalid', {
    detail: `"${source.name}" has no subtitles in "${wanted}"; it has ${tracksIn(subtitles)}.`,
  });
};

const captionSource = (output: OutputOf<'captions'>, source: Source, sourceOf: (name: string) => Source): Source =>
  typeof output.source === 'string' ? sourceOf(output.source) : source;

export const captions = defineOutput({
  type: 'captions',
  summary:
    'Captions as WebVTT or SubRip: of a caption file, or of a text track inside a video. Times count from the start of `from`.',
  examples: [
    { title: 'A caption file as WebVTT', output: { type: 'captions', from: 'subtitles' } },
    { title: 'The same as SubRip', output: { type: 'captions', from: 'subtitles', format: 'srt' } },
  ],
  unsupported: ({ source }) =>
    source === undefined || typeof source === 'string'
      ? undefined
      : 'the source of captions is an input or an output, by name',
  plan: ({ name, output, source, sourceOf }): Recipe => {
    const read = captionSource(output, source, sourceOf);
    const { start, seconds } = windowOf(source, {});
    const to = output.format === 'srt' ? 'srt' : 'webvtt';
    const { extension, contentType } = containerFile(to);
    const whole = source.probe.durationSeconds ?? seconds;
    const document = {
      kind: 'captions',
      from: 'in0',
      to,
      start,
      // Captions may last longer than the picture; only where an end was asked for are they cut.
      seconds: seconds !== null && whole !== null && start + seconds < whole ? seconds : null,
    } as const;
    const common = { output: name, source: read, produces: captionFile(to, seconds, output.language) };
    const file = `${name}.${extension}`;
    if (isCaptionFile(read)) return { ...common, kind: 'document', document, file, contentType };
    const track = chosenTrack(read, output.language);
    return {
      ...common,
      kind: 'solo',
      commands: [
        {
          arguments: [
            ...quietFlags,
            ...['-progress', 'pipe:3', '-stats_period', '0.5'],
            ...readArguments('in0', wholeFile),
            ...['-map', `0:${track.index}`, '-map_metadata', '-1', '-c:s', 'srt'],
            ...['-fs', String(captionLimits.bytes), '-f', 'srt', fileArgument(extracted)],
          ],
          progressSeconds: Math.max(0.001, read.seconds ?? 60),
        },
      ],
      writes: [{ file, contentType, expects: {}, document: { ...document, from: extracted } }],
    };
  },
});

/** What it will be, for outputs that draw it. */
export const captionFile = (container: 'srt' | 'webvtt', seconds: number | null, tag: string | undefined): Probe => ({
  container,
  durationSeconds: seconds,
  bytes: 0,
  video: [],
  audio: [],
  subtitles: [{ index: 0, codec: container === 'srt' ? 'subrip' : 'webvtt', language: tag ?? null }],
  notes: [],
});
