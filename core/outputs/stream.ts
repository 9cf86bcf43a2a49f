import { fasterSound } from '../edits/speed.ts';
import { audioCodecArguments, codecName, videoCodecArguments } from '../ffmpeg/codecs.ts';
import type { Branch, PictureBranch, Recipe, Source, Window } from '../ffmpeg/recipe.ts';
import { exactTimes, pieceCodec } from '../ffmpeg/pieces.ts';
import { type Cuts, cutsOf, gopArguments, segmentArguments, withoutLead } from '../ffmpeg/segments.ts';
import type { Expectation, TaskWrite } from '../job/task-write.ts';
import type { OutputOf } from '../job/outputs.ts';
import { ladderOf, type Rung } from '../media/ladder.ts';
import { type Rational, rationalValue } from '../media/probe.ts';
import { renditionFiles } from '../media/rendition.ts';
import { refusedCut } from './cut.ts';
import { defineOutput } from './define-output.ts';
import { type Layered, mixOf } from './layers.ts';
import { type EditedPicture, filmOf, pictureBranch } from './picture.ts';
import { mixedSound, type Sound, soundOf } from './sound.ts';
import { steadyRate, windowOf } from './window.ts';

const audioBitrate = 128_000;
const audioId = 'audio';
const defaultSegmentSeconds = 6;
/** Renditions are cut by counting pictures, so a rate is needed where the source tells none. */
const assumedRate: Rational = { num: 30, den: 1 };

/** One track of the stream: its branch of the process, and the head that its segments are read with. */
type Track = { readonly id: string; readonly branch: Branch; readonly head: Omit<TaskWrite, 'output'> };

type Parts = Pick<Branch, 'output' | 'source' | 'window'> & {
  readonly cuts: Cuts;
  readonly seconds: number | null;
  readonly rate: Rational;
  readonly picture: EditedPicture;
  /** Why it cannot be made in pieces. */
  readonly refused: string | undefined;
};

/** No more segments than a day of them; the true count is read off FFmpeg's own list. */
const mostSegments = 86_400;

const trackOf = (
  { output, source, window, cuts, rate, picture: { tempo, memory }, refused }: Parts,
  id: string,
  kind: 'video' | 'audio',
  {
    encode,
    encodePiece,
    expects,
    ...branch
  }: Pick<Branch, 'picture' | 'sound' | 'encode' | 'expects'> & { encodePiece: readonly string[] },
): Track => {
  const { head, list, segment } = renditionFiles(id);
  return {
    id,
    head: { file: head, contentType: `${kind}/mp4`, expects, rendition: id },
    branch: {
      ...branch,
      kind: 'branch',
      output,
      source,
      window,
      encode: [...encode, ...segmentArguments(id, cuts)],
      series: {
        prefix: segment.prefix,
        suffix: segment.suffix,
        contentType: 'video/iso.segment',
        expects: {},
        least: 1,
        most: mostSegments,
      },
      publish: false,
      file: list,
      contentType: 'application/vnd.apple.mpegurl',
      expects: {},
      cut: refused ?? { rate, every: cuts.segmentFrames, tempo, memory, segments: { id, cuts, encode: encodePiece } },
    },
  };
};

/** From the picture in its full size to that of a rung; a size that is more than one `scale` is made whole first. */
const rungPicture = (picture: PictureBranch, { width, height }: Rung): PictureBranch => {
  const { resize, finish } = picture;
  if (width === resize.width && height === resize.height) return picture;
  const scale = `scale=${width}:${height}`;
  return resize.plain
    ? { ...picture, resize: { width, height, plain: true, filters: [scale] } }
    : { ...picture, finish: [scale, ...finish] };
};

const expectedSeconds = (parts: Parts): Pick<Expectation, 'durationSeconds'> =>
  parts.seconds === null ? {} : { durationSeconds: parts.seconds };

const videoTrack = (parts: Parts, picture: PictureBranch, rung: Rung): Track => {
  const { width, height } = rung;
  const { rate } = parts;
  const seconds = parts.seconds ?? 0;
  const encoding = {
    container: 'mp4',
    videoCodec: 'h264',
    crf: rung.crf,
    speed: 'medium',
    maxBitrate: rung.maxBitrate,
    audioCodec: 'aac',
  } as const;
  const groups = [...gopArguments(parts.cuts), '-an'];
  return trackOf(parts, `v${Math.min(width, height)}`, 'video', {
    picture: rungPicture(picture, rung),
    encode: [...videoCodecArguments(encoding), ...groups],
    encodePiece: [...pieceCodec(encoding), ...groups, ...exactTimes(rate)],
    expects: {
      video: { codec: codecName.h264, width, height },
      audio: null,
      ...expectedSeconds(parts),
      lastFrameSeconds: 1 / rationalValue(rate),
      minFrames: Math.max(1, Math.floor(seconds * rationalValue(rate) * 0.9) - 2),
    },
  });
};

/** Silence up to the end of the pictures: players stall where one of two tracks ends early. */
const filled = (sound: Sound, seconds: number | null): Sound['branch'] => ({
  ...sound.branch,
  filters: [...sound.branch.filters, ...(seconds === null ? [] : [`apad=whole_dur=${seconds}`]), ...withoutLead],
});

const soundOfStream = (parts: Parts, output: OutputOf<'stream'>, of: Layered, filters: readonly string[]) => {
  const { audio } = parts.source;
  const codec = { codec: 'aac', arguments: audioCodecArguments('aac', { bitrate: audioBitrate }) } as const;
  if (Array.isArray(output.audio) && output.audio.length > 0) {
    const mix = mixOf(output.audio, of, parts.seconds);
    return mixedSound(mix, {
      ...codec,
      index: audio?.index ?? 0,
      filters: filters.slice(fasterSound(of.tempo).length),
    });
  }
  if (!audio || output.audio === 'none' || Array.isArray(output.audio)) return undefined;
  // Encoded even where it is AAC already: a copy would keep its own start, and nothing bounds its bitrate.
  return soundOf(audio, parts.window, { ...codec, filters, copyBelow: 0 });
};

const audioTrack = (parts: Parts, sound: Sound): Track => {
  const encode = [...sound.arguments, '-vn'];
  return trackOf(parts, audioId, 'audio', {
    sound: filled(sound, parts.seconds),
    encode,
    encodePiece: encode,
    expects: { video: null, audio: { codec: codecName.aac, channels: sound.channels } },
  });
};

const documentsOf = (
  formats: readonly ('hls' | 'dash')[],
  videos: readonly Track[],
  audio: Track | undefined,
): Omit<TaskWrite, 'output'>[] => {
  const tracks = [...videos, ...(audio ? [audio] : [])];
  const all = { video: videos.map(({ id }) => id), ...(audio ? { audio: audio.id } : {}) };
  const playlist = { contentType: 'application/vnd.apple.mpegurl', expects: {} };
  const hls: Omit<TaskWrite, 'output'>[] = [
    { file: 'master.m3u8', ...playlist, document: { kind: 'hls-master', ...all } },
    ...tracks.map(({ id }) => ({
      file: renditionFiles(id).playlist,
      ...playlist,
      document: { kind: 'hls-media' as const, rendition: id },
    })),
  ];
  const dash: Omit<TaskWrite, 'output'> = {
    file: 'manifest.mpd',
    contentType: 'application/dash+xml',
    expects: {},
    document: { kind: 'dash-manifest', ...all },
  };
  const [master, ...media] = formats.includes('hls') ? hls : [];
  return [
    ...(master ? [master] : []),
    ...(formats.includes('dash') ? [dash] : []),
    ...media,
    ...tracks.map(({ head }) => head),
  ];
};

const rateOf = (source: Source, fps: OutputOf<'stream'>['fps']): Rational =>
  typeof fps === 'number' ? { num: Math.round(fps * 1000), den: 1000 } : (steadyRate(filmOf(source)) ?? assumedRate);

/** Of the pictures: a container's own duration may be that of a longer sound. */
const picturesLast = (source: Source, window: Window): number | null =>
  window.trimmed ? window.seconds : (filmOf(source).durationSeconds ?? window.seconds);

export const stream = defineOutput({
  type: 'stream',
  summary: 'Adaptive streaming: HLS and DASH playlists over the same segments, in several sizes.',
  examples: [
    { title: 'HLS and DASH in the sizes that suit the source', output: { type: 'stream', formats: ['hls', 'dash'] } },
    {
      title: 'Two renditions for HLS in segments of two seconds, cropped to a square',
      output: {
        type: 'stream',
        formats: ['hls'],
        size: { width: 360, height: 360, fit: 'cover' },
        segmentSeconds: 2,
        ladder: [{ shortSide: 360, crf: 25, maxBitrate: 800_000 }, { shortSide: 240 }],
      },
    },
    {
      title: 'A part of it for DASH, without sound, at 24 fps',
      output: { type: 'stream', formats: ['dash'], audio: 'none', fps: 24, start: 0.5, end: 1.5 },
    },
  ],
  plan: ({ name, output, source, sourceOf, find }): Recipe => {
    const rate = rateOf(source, output.fps);
    const window = windowOf(source, output);
    const picture = pictureBranch(source, {
      edit: output.edit,
      size: output.size,
      window,
      rate,
      fromZero: true,
      finish: ['format=yuv420p'],
      sourceOf,
      find,
    });
    const cuts = cutsOf(rate, output.segmentSeconds ?? defaultSegmentSeconds);
    const last = picturesLast(source, window);
    const seconds = last === null ? null : last / picture.tempo;
    const refused = refusedCut(source, picture);
    const parts: Parts = { output: name, source, window, cuts, seconds, rate, picture, refused };
    const { rungs, dropped } = ladderOf(picture.resize, rate, output.ladder ?? 'auto');
    const videos = rungs.map((rung) => videoTrack(parts, picture, rung));
    const layered: Layered = { source, from: output.from, window, tempo: picture.tempo, sourceOf };
    const sound = soundOfStream(parts, output, layered, picture.sound);
    const audio = sound && audioTrack(parts, sound);
    return {
      kind: 'bundle',
      output: name,
      source,
      window,
      branches: [...videos, ...(audio ? [audio] : [])].map(({ branch }) => branch),
      commonNames: true,
      documents: documentsOf(output.formats ?? ['hls'], videos, audio),
      warnings: dropped.map((side) => `the picture is smaller than ${side}: that rendition is left out`),
    };
  },
});
