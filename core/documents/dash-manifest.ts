import {
  frameRateOf,
  peakBitrate,
  type Rendition,
  renditionFiles,
  secondsOf,
  type Segment,
  targetSeconds,
  totalOf,
} from '../media/rendition.ts';
import type { MakeDocument } from './define-document.ts';
import { type AudioRendition, readRenditions, type VideoRendition } from './renditions.ts';

type Attributes = Readonly<Record<string, string | number>>;

/** Every value is ours: names, numbers and codecs, none of which XML has to escape. */
const element = (name: string, attributes: Attributes, inside: readonly string[] = []): string[] => {
  const open = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${value}"`)].join(' ');
  return inside.length === 0 ? [`<${open}/>`] : [`<${open}>`, ...inside.map((line) => `  ${line}`), `</${name}>`];
};

/** ISO 8601. Up to the next microsecond, so that no segment ends beyond it. */
const duration = (seconds: number): string => `PT${(Math.ceil(seconds * 1e6 - 1e-3) / 1e6).toFixed(6)}S`;

/** Segments of the same length in a row are one `S` (ISO/IEC 23009-1, 5.3.9.6). */
const timeline = (segments: readonly Segment[]): string[] => {
  const rows: { ticks: number; repeats: number }[] = [];
  for (const { ticks } of segments) {
    const last = rows.at(-1);
    if (last?.ticks === ticks) last.repeats += 1;
    else rows.push({ ticks, repeats: 0 });
  }
  return rows.flatMap(({ ticks, repeats }, n) =>
    element('S', { ...(n === 0 ? { t: 0 } : {}), d: ticks, ...(repeats > 0 ? { r: repeats } : {}) }),
  );
};

const template = ({ id, head, segments }: Rendition): string[] => {
  const { head: initialization, segment } = renditionFiles(id);
  return element(
    'SegmentTemplate',
    {
      timescale: head.timescale,
      initialization,
      media: `${segment.prefix}$Number%0${segment.digits}d$${segment.suffix}`,
      startNumber: 1,
    },
    element('SegmentTimeline', {}, timeline(segments)),
  );
};

const common = (rendition: Rendition): Attributes => ({
  id: rendition.id,
  codecs: rendition.head.codecs,
  bandwidth: peakBitrate(rendition, targetSeconds(rendition)),
});

const rate = (rendition: Rendition): string => {
  const { num, den } = frameRateOf(rendition);
  return den === 1 ? String(num) : `${num}/${den}`;
};

const videoRepresentation = (rendition: VideoRendition): string[] =>
  element(
    'Representation',
    {
      ...common(rendition),
      width: rendition.head.width,
      height: rendition.head.height,
      frameRate: rate(rendition),
      sar: '1:1',
    },
    template(rendition),
  );

const audioRepresentation = (rendition: AudioRendition): string[] =>
  element(
    'Representation',
    {
      ...common(rendition),
      audioSamplingRate: rendition.head.sampleRate,
    },
    [
      ...element('AudioChannelConfiguration', {
        schemeIdUri: 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011',
        value: rendition.head.channels,
      }),
      ...template(rendition),
    ],
  );

const adaptationSet = (contentType: 'video' | 'audio', id: number, inside: readonly string[]): string[] =>
  element(
    'AdaptationSet',
    { id, contentType, mimeType: `${contentType}/mp4`, segmentAlignment: 'true', startWithSAP: 1 },
    inside,
  );

/** What an encoder adds to sound before its start and after its end: two frames of AAC at 32 kHz. */
const paddingSeconds = 2048 / 32_000;

/** The pictures', unless the sound really goes on after them: players wait for pictures where there is only padding. */
const presentationSeconds = (pictures: number, sound: number): number =>
  sound > pictures + paddingSeconds ? sound : pictures;

/** The media presentation description (ISO/IEC 23009-1) of the same segments that HLS plays. */
export const dashManifest: MakeDocument<'dash-manifest'> = async (wanted, files) => {
  const { video, audio } = await readRenditions(files, wanted);
  const all: Rendition[] = [...video, ...(audio ? [audio] : [])];
  const [pictures, sound] = [video[0], audio].map((each) => (each ? secondsOf(each, totalOf(each)) : 0));
  const seconds = presentationSeconds(pictures ?? 0, sound ?? 0);
  const longest = Math.max(
    ...all.flatMap((rendition) => rendition.segments.map((segment) => secondsOf(rendition, segment))),
  );
  const lines = element(
    'MPD',
    {
      xmlns: 'urn:mpeg:dash:schema:mpd:2011',
      profiles: 'urn:mpeg:dash:profile:isoff-live:2011',
      type: 'static',
      mediaPresentationDuration: duration(seconds),
      maxSegmentDuration: duration(longest),
      // With `bandwidth` the peak of a run of segments, this much read ahead is enough to never run dry.
      minBufferTime: duration(longest),
    },
    element('Period', { id: 0, start: 'PT0S' }, [
      ...adaptationSet('video', 0, video.flatMap(videoRepresentation)),
      ...(audio ? adaptationSet('audio', 1, audioRepresentation(audio)) : []),
    ]),
  );
  return ['<?xml version="1.0" encoding="UTF-8"?>', ...lines, ''].join('\n');
};
