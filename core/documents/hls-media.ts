import { renditionFiles, secondsOf, targetSeconds } from '../media/rendition.ts';
import type { MakeDocument } from './define-document.ts';
import { wholeRendition } from './renditions.ts';

/** A media playlist (RFC 8216, section 4.3.3) of one rendition. `EXT-X-MAP` without I-frames wants version 6 or later. */
export const hlsMedia: MakeDocument<'hls-media'> = async ({ rendition: id, tables }, files) => {
  const rendition = await wholeRendition(files, id, tables);
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetSeconds(rendition)}`,
    '#EXT-X-MEDIA-SEQUENCE:1',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-MAP:URI="${renditionFiles(id).head}"`,
    ...rendition.segments.flatMap((segment) => [`#EXTINF:${secondsOf(rendition, segment).toFixed(6)},`, segment.file]),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
};
