import {
  averageBitrate,
  frameRateOf,
  peakBitrate,
  renditionFiles,
  targetSeconds,
  type Rendition,
} from '../media/rendition.ts';
import type { MakeDocument } from './define-document.ts';
import { readRenditions, type AudioRendition, type VideoRendition } from './renditions.ts';

const audioGroup = 'audio';

const mediaTag = ({ id, head }: AudioRendition): string => {
  const attributes = [
    'TYPE=AUDIO',
    `GROUP-ID="${audioGroup}"`,
    'NAME="Audio"',
    'DEFAULT=YES',
    'AUTOSELECT=YES',
    `CHANNELS="${head.channels}"`,
    `URI="${renditionFiles(id).playlist}"`,
  ];
  return `#EXT-X-MEDIA:${attributes.join(',')}`;
};

/** The rates of a variant are the sums of those that play together (draft-pantos-hls-rfc8216bis, section 4.4.6.2). */
const variant = (video: VideoRendition, audio: AudioRendition | undefined): string[] => {
  const together: Rendition[] = [video, ...(audio ? [audio] : [])];
  const sum = (of: (rendition: Rendition) => number): number =>
    together.reduce((total, rendition) => total + of(rendition), 0);
  const { num, den } = frameRateOf(video);
  const attributes = [
    `BANDWIDTH=${sum((rendition) => peakBitrate(rendition, targetSeconds(rendition)))}`,
    `AVERAGE-BANDWIDTH=${sum(averageBitrate)}`,
    `CODECS="${together.map(({ head }) => head.codecs).join(',')}"`,
    `RESOLUTION=${video.head.width}x${video.head.height}`,
    `FRAME-RATE=${(num / den).toFixed(3)}`,
    ...(audio ? [`AUDIO="${audioGroup}"`] : []),
  ];
  return [`#EXT-X-STREAM-INF:${attributes.join(',')}`, renditionFiles(video.id).playlist];
};

/** The multivariant playlist (RFC 8216, section 4.3.4). */
export const hlsMaster: MakeDocument<'hls-master'> = async (wanted, files) => {
  const { video, audio } = await readRenditions(files, wanted);
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...(audio ? [mediaTag(audio)] : []),
    ...video.flatMap((rendition) => variant(rendition, audio)),
    '',
  ].join('\n');
};
