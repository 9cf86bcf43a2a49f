import { audioCodecArguments, codecName, containerOf, holds, videoCodecArguments } from '../ffmpeg/codecs.ts';
import { fasterSound } from '../edits/speed.ts';
import type { Branch, Recipe, Source, Window } from '../ffmpeg/recipe.ts';
import type { OutputOf } from '../job/outputs.ts';
import { type Rational, rationalValue, type VideoStream } from '../media/probe.ts';
import { type VideoEncoding, videoEncoding } from '../presets/video.ts';
import { cutOf } from './cut.ts';
import { defineOutput } from './define-output.ts';
import { joinOf } from './join.ts';
import { type Layered, mixOf } from './layers.ts';
import { type EditedPicture, filmOf, pictureBranch } from './picture.ts';
import { predictAudio, predictProbe, predictVideo } from './predict.ts';
import { mixedSound, type Sound, soundOf } from './sound.ts';
import { askedRate, steadyRate, windowOf } from './window.ts';

/** A source stream that is at most half as large again as what the preset would make is copied, not encoded again. */
const copyFactor = 1.5;

const rateOf = (video: VideoStream, fps: OutputOf<'video'>['fps']): Rational | undefined =>
  typeof fps === 'number' ? askedRate(fps) : steadyRate(video);

type Made = Layered & { readonly picture: EditedPicture; readonly encoding: VideoEncoding };

/** Of the pictures: layers of sound are as long. */
const pictureSeconds = ({ source, window, tempo }: Layered): number | null => {
  const seconds = window.trimmed ? window.seconds : (source.video?.durationSeconds ?? window.seconds);
  return seconds === null ? null : seconds / tempo;
};

const soundFor = (made: Made, output: OutputOf<'video'>): Sound | undefined => {
  const { source, window, encoding, picture, tempo } = made;
  const wanted = {
    codec: encoding.audioCodec,
    arguments: audioCodecArguments(encoding.audioCodec, {
      bitrate: encoding.audioBitrate,
      quality: encoding.audioQuality,
    }),
  };
  if (Array.isArray(output.audio) && output.audio.length > 0) {
    const filters = picture.sound.slice(fasterSound(tempo).length);
    return mixedSound(mixOf(output.audio, made, pictureSeconds(made)), {
      ...wanted,
      filters,
      index: source.audio?.index ?? 0,
    });
  }
  if (output.audio === 'none' || Array.isArray(output.audio) || !source.audio) return undefined;
  return soundOf(source.audio, window, {
    ...wanted,
    filters: picture.sound,
    // "keep" keeps the stream itself, however large it is.
    copyBelow: output.audio === 'keep' ? undefined : (encoding.audioBitrate ?? 0) * copyFactor,
  });
};

/**
 * Of a whole sequence all of its pictures; else enough to show that the output did not stop early, with room for what a
 * variable rate does at its ends.
 */
const minFrames = ({ source, window, tempo }: Layered, rate: Rational | undefined): number => {
  const { sequence, video: track } = source;
  if (sequence && track?.frames && !window.trimmed && tempo === 1) return track.frames;
  const seconds = track?.durationSeconds == null ? null : afterTempo(window.seconds, tempo);
  return seconds === null || !rate ? 1 : Math.max(1, Math.floor(seconds * rationalValue(rate) * 0.9) - 2);
};

/** The longer of the tracks that the output has: a container's own duration may be that of a third track. */
const secondsOf = (source: Source, window: Window, sound: Sound | undefined): number | null => {
  if (window.trimmed || window.seconds === null) return window.seconds;
  const tracks = [source.video?.durationSeconds, sound ? source.audio?.durationSeconds : undefined];
  const known = tracks.filter((seconds) => seconds !== null && seconds !== undefined);
  return known.length === 0 ? window.seconds : Math.max(...known);
};

const afterTempo = (seconds: number | null, tempo: number): number | null =>
  seconds === null ? null : seconds / tempo;

export const video = defineOutput({
  type: 'video',
  summary: 'A video file: a rendition in another size, codec or container, with edits.',
  examples: [
    { title: 'A web-ready mp4', output: { type: 'video', encode: 'mp4' } },
    {
      title: 'A 360p rendition without sound, by the short side so that portrait works too',
      output: { type: 'video', size: { shortSide: 360 }, audio: 'none', encode: 'mp4-fast' },
    },
    {
      title: 'One second of it as a square WebM, cropped',
      output: { type: 'video', start: 0.5, end: 1.5, size: { width: 320, height: 320, fit: 'cover' }, encode: 'webm' },
    },
    {
      title: 'Letterboxed at 12 fps, in quality 30',
      output: {
        type: 'video',
        fps: 12,
        size: { width: 320, height: 320, fit: 'pad' },
        encode: { preset: 'mp4', crf: 30, speed: 'veryfast', maxBitrate: 500_000 },
      },
    },
  ],
  unsupported: (output) => {
    const { container, videoCodec, audioCodec } = videoEncoding(output.encode);
    const { video: pictures, audio: sounds } = holds[container];
    if (!pictures.includes(videoCodec)) return `${container} holds ${pictures.join(', ')}, not ${videoCodec}`;
    return sounds.includes(audioCodec) ? undefined : `${container} holds ${sounds.join(', ')}, not ${audioCodec}`;
  },
  plan: ({ name, output, source, sourceOf, find }): Recipe => {
    const track = filmOf(source);
    const window = windowOf(source, output);
    const encoding = videoEncoding(output.encode);
    const rate = rateOf(track, output.fps);
    const picture = pictureBranch(source, {
      edit: output.edit,
      size: output.size,
      window,
      rate,
      finish: ['format=yuv420p'],
      sourceOf,
      find,
    });
    const { tempo } = picture;
    const made: Made = { source, from: output.from, window, tempo, sourceOf, picture, encoding };
    const sound = soundFor(made, output);
    const seconds = sound?.branch.mix?.seconds ?? afterTempo(secondsOf(source, window, sound), tempo);
    const container = containerOf(encoding.container);
    const codec = codecName[encoding.videoCodec];
    const branch: Branch = {
      kind: 'branch',
      output: name,
      source,
      window,
      picture,
      sound: sound?.branch,
      encode: [
        ...videoCodecArguments(encoding),
        ...(sound ? sound.arguments : ['-an']),
        ...container.flags,
        ...['-f', container.muxer],
      ],
      file: `${name}.${encoding.container}`,
      contentType: container.contentType,
      expects: {
        video: { codec, width: picture.resize.width, height: picture.resize.height },
        audio: sound ? { codec: codecName[encoding.audioCodec], channels: sound.channels } : null,
        ...(seconds === null ? {} : { durationSeconds: seconds }),
        ...(rate ? { lastFrameSeconds: 1 / rationalValue(rate) } : {}),
        minFrames: minFrames(made, rate),
      },
    };
    const cut = cutOf({ source, picture, rate, encoding, sound: sound?.arguments });
    const join = joinOf(branch, { output, picture, sound, encoding, sourceOf, find });
    return {
      ...branch,
      ...(join && { join }),
      cut,
      produces: predictProbe({
        container: encoding.container,
        seconds,
        video: predictVideo({ ...picture.resize, codec, fps: rate ?? null, seconds }),
        audio: sound && predictAudio({ ...sound, index: 1, codec: codecName[encoding.audioCodec], seconds }),
      }),
      warnings: sound?.copied ? ['sound is stream-copied'] : [],
    };
  },
});
