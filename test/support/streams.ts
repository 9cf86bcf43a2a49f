/** Looks at the streams that FFmpeg wrote with parsers and players that are not ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import HLS from 'hls-parser';
import { parse as parseMpd } from 'mpd-parser';
import * as z from 'zod';
import type { CarriedOut } from './carry-out.ts';

export interface ReadRendition {
  readonly name: string;
  readonly codecs: string;
  /** As the playlist declares it. */
  readonly bandwidth: number;
  readonly segments: readonly { readonly file: string; readonly seconds: number }[];
  readonly head: string;
}

export interface ReadStream {
  readonly video: readonly (ReadRendition & { readonly size: string; readonly fps: number })[];
  readonly audio: ReadRendition | undefined;
}

const read = (made: CarriedOut, file: string): string => readFileSync(join(made.folder, file), 'utf8');
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const secondsIn = ({ segments }: ReadRendition): number => sum(segments.map(({ seconds }) => seconds));

/** Everything that is named must be a file of the output, and hold something. */
const assertFiles = (made: CarriedOut, output: string, { segments, head }: ReadRendition): void => {
  for (const file of [head, ...segments.map((segment) => segment.file)]) {
    if (!made.files(output).includes(file)) throw new Error(`${file} is named and is no file of the output`);
    if (statSync(join(made.folder, file)).size === 0) throw new Error(`${file} is empty`);
  }
};

const hlsMedia = (made: CarriedOut, file: string): Pick<ReadRendition, 'segments' | 'head'> => {
  const text = read(made, file);
  const playlist = HLS.parse(text);
  if (playlist.isMasterPlaylist) throw new Error(`${file} is no media playlist`);
  const { segments, endlist, targetDuration, playlistType, version } = playlist;
  if (!endlist || playlistType !== 'VOD' || (version ?? 0) < 6) throw new Error(`${file} is not of a finished stream`);
  const longest = Math.max(...segments.map(({ duration }) => Math.round(duration)));
  if (targetDuration < longest)
    throw new Error(`${file}: a segment of ${longest} s is longer than ${targetDuration} s`);
  const maps = new Set(segments.map(({ map }) => map?.uri));
  if (maps.size !== 1) throw new Error(`${file} has ${maps.size} heads`);
  return {
    head: [...maps][0] ?? '',
    segments: segments.map(({ uri, duration }) => ({ file: uri, seconds: duration })),
  };
};

/** Reads the HLS side of a stream, strictly. */
export const readHls = (made: CarriedOut, output: string): ReadStream => {
  HLS.setOptions({ strictMode: true });
  const master = HLS.parse(read(made, 'master.m3u8'));
  if (!master.isMasterPlaylist) throw new Error('master.m3u8 is no multivariant playlist');
  const { variants } = master;
  const audios = variants.flatMap((variant) => variant.audio);
  const [sound] = audios;
  const video = variants.map(({ uri, codecs = '', bandwidth, averageBandwidth, resolution, frameRate }) => {
    if (!averageBandwidth || averageBandwidth > bandwidth * 1.001)
      throw new Error(`${uri}: the average is above the peak`);
    const size = `${resolution?.width}x${resolution?.height}`;
    return { name: uri, codecs, bandwidth, size, fps: frameRate ?? 0, ...hlsMedia(made, uri) };
  });
  const audio = sound && {
    name: sound.uri ?? '',
    codecs: variants[0]?.codecs?.split(',')[1] ?? '',
    bandwidth: 0,
    ...hlsMedia(made, sound.uri ?? ''),
  };
  for (const each of [...video, ...(audio ? [audio] : [])]) assertFiles(made, output, each);
  return { video, audio };
};

const positive = z.coerce.number().positive();
const duration = z.string().regex(/^PT\d+(\.\d+)?S$/);
const many = <T extends z.ZodType>(item: T) => z.array(item).min(1);
const Template = z.strictObject({
  timescale: positive,
  initialization: z.string().regex(/^[\w.-]+$/),
  media: z.string().regex(/^[\w.-]+\$Number%05d\$\.m4s$/),
  startNumber: z.literal('1'),
  SegmentTimeline: z.strictObject({
    S: many(z.strictObject({ t: z.coerce.number().optional(), d: positive, r: positive.optional() })),
  }),
});
const representation = { id: z.string(), codecs: z.string(), bandwidth: positive, SegmentTemplate: Template };
const set = { id: z.string(), segmentAlignment: z.literal('true'), startWithSAP: z.literal('1') };
/** What ISO/IEC 23009-1 and its profile `isoff-live` ask of a static presentation. */
const Manifest = z.strictObject({
  xmlns: z.literal('urn:mpeg:dash:schema:mpd:2011'),
  profiles: z.literal('urn:mpeg:dash:profile:isoff-live:2011'),
  type: z.literal('static'),
  mediaPresentationDuration: duration,
  maxSegmentDuration: duration,
  minBufferTime: duration,
  Period: z.strictObject({
    id: z.string(),
    start: z.literal('PT0S'),
    AdaptationSet: z.tuple(
      [
        z.strictObject({
          ...set,
          contentType: z.literal('video'),
          mimeType: z.literal('video/mp4'),
          Representation: many(
            z.strictObject({
              ...representation,
              width: positive,
              height: positive,
              frameRate: z.string().regex(/^\d+(\/\d+)?$/),
              sar: z.literal('1:1'),
            }),
          ),
        }),
      ],
      z.strictObject({
        ...set,
        contentType: z.literal('audio'),
        mimeType: z.literal('audio/mp4'),
        Representation: many(
          z.strictObject({
            ...representation,
            audioSamplingRate: positive,
            AudioChannelConfiguration: z.strictObject({ schemeIdUri: z.string(), value: positive }),
          }),
        ),
      }),
    ),
  }),
});

const timelineOf = ({ timescale, SegmentTimeline }: z.output<typeof Template>): number[] =>
  SegmentTimeline.S.flatMap(({ d, r = 0 }) => Array.from({ length: r + 1 }, () => d / timescale));

const rateOf = (text: string): number => {
  const [num = 0, den = 1] = text.split('/').map(Number);
  return num / den;
};

/** Reads the DASH side of a stream twice: by the rules of the standard, and by a player's parser, which must agree. */
export const readDash = (made: CarriedOut, output: string): ReadStream & { readonly seconds: number } => {
  const text = read(made, 'manifest.mpd');
  const arrays = new Set(['AdaptationSet', 'Representation', 'S']);
  const xml = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    ignoreDeclaration: true,
    isArray: (name) => arrays.has(name),
  });
  const parsed = z.strictObject({ MPD: Manifest }).parse(xml.parse(text, true)).MPD;
  const complaints: string[] = [];
  const player = parseMpd(text, {
    manifestUri: 'http://host/at/manifest.mpd',
    eventHandler: ({ message }) => complaints.push(message),
  });
  if (complaints.length > 0) throw new Error(complaints.join('; '));
  const sounds = Object.values(player.mediaGroups.AUDIO).flatMap((group) => Object.values(group));
  const played = [...player.playlists, ...sounds.flatMap(({ playlists }) => playlists)];
  const named = (uri: string): string => uri.replace('http://host/at/', '');
  const rendition = (id: string, template: z.output<typeof Template>): ReadRendition => {
    const found = played.find(({ attributes }) => attributes.NAME === id);
    const seconds = timelineOf(template);
    if (!found || JSON.stringify(found.segments.map((each) => each.duration)) !== JSON.stringify(seconds))
      throw new Error(`${id}: the player reads another timeline`);
    const { CODECS: codecs, BANDWIDTH: bandwidth } = found.attributes;
    return {
      name: id,
      codecs,
      bandwidth,
      head: named(found.segments[0]?.map.resolvedUri ?? ''),
      segments: found.segments.map((each) => ({ file: named(each.resolvedUri), seconds: each.duration })),
    };
  };
  const [pictures, sound] = parsed.Period.AdaptationSet;
  const video = pictures.Representation.map(({ id, SegmentTemplate, width, height, frameRate }) => ({
    ...rendition(id, SegmentTemplate),
    size: `${width}x${height}`,
    fps: rateOf(frameRate),
  }));
  const audio = sound?.Representation.map(({ id, SegmentTemplate }) => rendition(id, SegmentTemplate))[0];
  for (const each of [...video, ...(audio ? [audio] : [])]) assertFiles(made, output, each);
  return { video, audio, seconds: Number.parseFloat(parsed.mediaPresentationDuration.slice(2)) };
};

const ffprobe = (words: readonly string[]): string[] =>
  execFileSync('ffprobe', ['-v', 'error', '-of', 'csv=p=0', ...words], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .split('\n')
    .map((line) => line.replace(/,+$/, ''))
    .filter((line) => line !== '');

/** One rendition as a player appends it: head and segments in one file. */
export const joined = (made: CarriedOut, { head, segments, name }: ReadRendition): string => {
  const file = join(made.folder, `joined-${name}.mp4`);
  const parts = [head, ...segments.map((segment) => segment.file)].map((part) => join(made.folder, part));
  execFileSync('sh', ['-c', 'out=$1; shift; cat "$@" > "$out"', 'sh', file, ...parts]);
  return file;
};

/** Seconds at which each picture is shown, or each piece of sound starts, after decoding all of it. */
export const decodedAt = (file: string, stream: string): number[] =>
  ffprobe([
    ...['-allowed_extensions', 'ALL'].filter(() => /\.m(3u8|pd)$/.test(file)),
    ...['-select_streams', stream, '-show_entries', 'frame=pts_time', file],
  ]).map(Number);

export const shapeOf = (file: string): string =>
  ffprobe(['-select_streams', 'v:0', '-show_entries', 'stream=codec_name,width,height,pix_fmt', file])[0] ?? '';

/** Seconds at which black ends and silence ends, as FFmpeg plays it with its own timestamps. */
export const clapIn = (playlist: string): { readonly flash: number; readonly click: number } => {
  const { stderr } = spawnSync(
    'ffmpeg',
    [
      ...['-nostdin', '-hide_banner', '-copyts', '-allowed_extensions', 'ALL', '-i', playlist],
      ...['-map', '0:v:0', '-vf', 'blackdetect=d=0.5', '-map', '0:a:0', '-af', 'silencedetect=n=-30dB:d=0.5'],
      ...['-f', 'null', 'nothing'],
    ],
    { encoding: 'utf8' },
  );
  return {
    flash: Number(/black_end:([\d.]+)/.exec(stderr)?.[1]),
    click: Number(/silence_end: ([\d.]+)/.exec(stderr)?.[1]),
  };
};
