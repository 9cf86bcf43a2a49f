/** Files that made an undefended FFmpeg open something else, or eat the machine. Each is rebuilt, none is stored. */
import { crc32, deflateSync } from 'node:zlib';

export interface Lab {
  /** The absolute path of somebody else's video. */
  readonly secret: string;
  /** The same, as a name beside the attack. */
  readonly sibling: string;
  /** An http address that counts its visitors. */
  readonly canary: string;
}

const hls = (...lines: readonly string[]): string => ['#EXTM3U', '#EXT-X-TARGETDURATION:2', ...lines, ''].join('\n');
const mpd = (url: string): string =>
  `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S"
  profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation
  id="1" bandwidth="1000" width="320" height="240"><BaseURL>${url}</BaseURL></Representation></AdaptationSet></Period></MPD>`;

/** By their numbers in the threat table; all are uploaded as `video.mp4`. */
export const references: Readonly<Record<string, (lab: Lab) => string>> = {
  'P1 HLS playlist with an absolute path': ({ secret }) => hls('#EXTINF:2,', secret, '#EXT-X-ENDLIST'),
  'P1 HLS playlist with a relative path': ({ sibling }) => hls('#EXTINF:2,', sibling, '#EXT-X-ENDLIST'),
  'P2 HLS playlist that never ends': ({ secret }) => hls('#EXTINF:2,', secret),
  'P4 HLS playlist with an address': ({ canary }) => hls('#EXTINF:2,', `${canary}/iam.ts`, '#EXT-X-ENDLIST'),
  'P6 HLS child playlist that is our environment': () => hls('#EXT-X-STREAM-INF:BANDWIDTH=1', '/proc/self/environ'),
  'P6 HLS child playlist by file URL': ({ secret }) => hls('#EXT-X-STREAM-INF:BANDWIDTH=1', `file://${secret}`),
  'P6 HLS media group': ({ secret }) =>
    hls(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="${secret}"`,
      '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"',
      secret,
    ),
  'P7 HLS by concat protocol': ({ secret }) => hls('#EXTINF:2,', `concat:${secret}|${secret}`, '#EXT-X-ENDLIST'),
  'P7 HLS by subfile protocol': ({ secret }) =>
    hls('#EXTINF:2,', `subfile,,start,0,end,0,,:${secret}`, '#EXT-X-ENDLIST'),
  'P7 HLS key file': ({ secret, sibling }) =>
    hls(`#EXT-X-KEY:METHOD=AES-128,URI="${secret}"`, '#EXTINF:2,', sibling, '#EXT-X-ENDLIST'),
  'P8 DASH manifest with a file': ({ secret }) => mpd(secret),
  'P8 DASH manifest with an address': ({ canary }) => mpd(`${canary}/iam.mp4`),
  'P9 DASH manifest with an entity': ({ secret }) =>
    mpd('&x;').replace('?>', `?><!DOCTYPE MPD [<!ENTITY x SYSTEM "file://${secret}">]>`),
  'P10 concat list with a sibling': ({ sibling }) => `ffconcat version 1.0\nfile ${sibling}\n`,
  'P10 concat list with an absolute path': ({ secret }) => `ffconcat version 1.0\nfile '${secret}'\n`,
  'P11 concat list of itself': () => 'ffconcat version 1.0\nfile in0\n',
  'P13 SVG drawing with a reference': ({ secret }) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="16000" height="16000"><image href="${secret}" width="9" height="9"/></svg>`,
  'P14 session description': () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n',
  'P17 text that a terminal demuxer would draw': () => 'root:x:0:0:root:/root:/bin/bash\n'.repeat(20),
};

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};

/** B1: black, one bit a pixel, a few kilobytes. */
export const pngBomb = (side: number): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc(side * (Math.ceil(side / 8) + 1)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
};

/** B3: sound at so many samples a second; at 1 Hz every second of it is a second of memory. */
export const wavAt = (sampleRate: number, bytes = 1_000_000): Buffer => {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(bytes, 40);
  return Buffer.concat([header, Buffer.alloc(bytes)]);
};

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** An atom of QuickTime: its length, its name, what it holds. */
const atom = (name: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([word(8 + body.length), Buffer.from(name, 'latin1'), body]);
};

/** B7: a QuickTime file whose header is compressed, and claims to be so many bytes when it is not. */
export const movHeaderOf = (claimedBytes: number): Buffer => {
  const zeros = deflateSync(Buffer.alloc(2 ** 24));
  const compressed = atom('cmov', atom('dcom', Buffer.from('zlib')), atom('cmvd', word(claimedBytes), zeros));
  return Buffer.concat([atom('ftyp', Buffer.from('qt  \0\0\0\0qt  ', 'latin1')), atom('moov', compressed)]);
};

/** A chunk of RIFF, in the other order of bytes, and padded. */
const riff = (name: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(name, 'latin1'), length, body, Buffer.alloc(body.length % 2)]);
};
const listed = (kind: string, ...parts: readonly Buffer[]): Buffer =>
  riff('LIST', Buffer.from(kind, 'latin1'), ...parts);
const numbers = (...values: readonly number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
const streamHeader = (kind: string, codec: string): Buffer =>
  riff('strh', Buffer.from(kind + codec, 'latin1'), numbers(0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0));

/** P12: an AVI of one picture (a JPEG of `side` by `side`) with a subtitle that is a file of its own. */
export const aviWithSubtitle = (jpeg: Buffer, side: number, subtitle: string): Buffer => {
  const bitmap = numbers(40, side, side, 1 | (24 << 16), 0x47_50_4a_4d, side * side * 3, 0, 0, 0, 0);
  const gab2 = Buffer.concat([
    Buffer.from('GAB2\0\x02\0', 'latin1'),
    Buffer.alloc(4),
    Buffer.from([4, 0]),
    numbers(subtitle.length),
    Buffer.from(subtitle, 'latin1'),
  ]);
  return riff(
    'RIFF',
    Buffer.from('AVI '),
    listed(
      'hdrl',
      riff('avih', numbers(1_000_000, 0, 0, 0, 1, 0, 2, 0, side, side, 0, 0, 0, 0)),
      listed('strl', streamHeader('vids', 'MJPG'), riff('strf', bitmap)),
      listed('strl', streamHeader('txts', '\0\0\0\0'), riff('strf')),
    ),
    listed('movi', riff('00dc', jpeg), riff('01tx', gab2)),
  );
};
