/** Filters that make pictures of any source alike: standard dynamic range and square pixels. FFmpeg itself turns them. */
import type { VideoStream } from '../media/probe.ts';

const transferName = { pq: 'smpte2084', hlg: 'arib-std-b67' } as const;

/**
 * HDR is mapped to SDR, because 8-bit BT.709 players show PQ and HLG washed out. The curve is Hable's; the white of
 * 100 cd/m² is BT.1886's. What the file says of itself is passed on, as some decoders leave it out of the frames.
 */
export const toSdr = (video: VideoStream): string[] => {
  if (video.transfer === 'sdr') return [];
  return [
    `zscale=tin=${transferName[video.transfer]}:pin=bt2020:min=bt2020nc:t=linear:npl=100`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=tv',
    'format=yuv420p',
  ];
};

/** Edits are placed in pixels as a viewer sees them, so oblong pixels are made square before the first edit. */
export const toSquarePixels = (video: VideoStream): string[] =>
  video.sampleAspectRatio.num === video.sampleAspectRatio.den
    ? []
    : [`scale=${video.width}:${video.height}`, 'setsar=1'];
