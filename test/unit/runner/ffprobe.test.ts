import { describe, expect, test } from 'vitest';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { Probe } from '#core/media/probe.ts';

const video = (overrides: Record<string, unknown> = {}) => ({
  index: 0,
  codec_type: 'video',
  codec_name: 'h264',
  profile: 'High',
  width: 1280,
  height: 720,
  avg_frame_rate: '25/1',
  r_frame_rate: '25/1',
  pix_fmt: 'yuv420p',
  duration: '5.000000',
  nb_read_packets: '125',
  ...overrides,
});
const audio = (overrides: Record<string, unknown> = {}) => ({
  index: 1,
  codec_type: 'audio',
  codec_name: 'aac',
  channels: 2,
  sample_rate: '48000',
  duration: '5.0',
  ...overrides,
});
const probed = (streams: readonly object[], format: Record<string, unknown> = {}): Probe =>
  Probe.parse(
    parseProbe({ streams, format: { format_name: 'mov,mp4,m4a', duration: '5.0', size: '1000', ...format } }),
  );

const matrix = (numbers: readonly number[], rotation: number) => ({
  side_data_list: [
    {
      side_data_type: 'Display Matrix',
      displaymatrix: `\n00000000: ${numbers.slice(0, 2).join(' ')} 0\n00000001: ${numbers.slice(2).join(' ')} 0\n00000002: 0 0 1073741824\n`,
      rotation,
    },
  ],
});

test('a plain file becomes a plain probe', () => {
  expect(probed([video(), audio()])).toMatchObject({
    container: 'mov',
    durationSeconds: 5,
    bytes: 1000,
    video: [{ width: 1280, height: 720, rotation: 0, fps: { num: 25, den: 1 }, frames: 125, transfer: 'sdr' }],
    audio: [{ channels: 2, sampleRate: 48_000, layout: null, bitrate: null }],
    notes: [],
  });
});

test('streams without a type or a codec are no reason to fail', () => {
  const probe = probed([{ index: 0 }, { index: 1, codec_type: 'data' }, video({ index: 2, codec_name: undefined })]);
  expect(probe.video).toMatchObject([{ index: 2, codec: 'unknown' }]);
});

test('frames are counted packets; none at all is zero, whatever the header claims', () => {
  const stream = video({ nb_read_packets: undefined, nb_frames: '21312' });
  expect(probed([stream]).video[0]?.frames).toBe(0);
});

test('a file that holds fewer frames than its index is noted as cut off', () => {
  expect(probed([video({ nb_frames: '600', nb_read_packets: '301' })]).notes).toEqual([
    'the file is cut off: it holds 301 of 600 frames',
  ]);
});

describe('the size that a viewer sees', () => {
  test.each([
    {
      name: 'turned by its matrix',
      with: matrix([0, 65_536, -65_536, 0], -90),
      width: 720,
      height: 1280,
      rotation: 90,
    },
    {
      name: 'turned the other way',
      with: matrix([0, -65_536, 65_536, 0], 90),
      width: 720,
      height: 1280,
      rotation: 270,
    },
    { name: 'upside down', with: matrix([-65_536, 0, 0, -65_536], -180), width: 1280, height: 720, rotation: 180 },
    { name: 'turned by the old tag', with: { tags: { rotate: '90' } }, width: 720, height: 1280, rotation: 90 },
    { name: 'stretched', with: { sample_aspect_ratio: '4:3' }, width: 1707, height: 720, rotation: 0 },
    { name: 'with no known ratio', with: { sample_aspect_ratio: '0:1' }, width: 1280, height: 720, rotation: 0 },
    { name: 'with an absurd ratio', with: { sample_aspect_ratio: '1:9999' }, width: 1280, height: 720, rotation: 0 },
    { name: 'with a nonsense tag', with: { tags: { rotate: 'north' } }, width: 1280, height: 720, rotation: 0 },
  ])('$name', ({ with: overrides, width, height, rotation }) => {
    expect(probed([video(overrides)]).video).toMatchObject([
      { width, height, rotation, codedWidth: 1280, codedHeight: 720 },
    ]);
  });

  test('a mirrored matrix is noted', () => {
    expect(probed([video(matrix([0, 65_536, 65_536, 0], -90))]).notes).toEqual([
      'rotation 90° applied',
      'mirrored picture',
    ]);
  });
});

describe('the duration', () => {
  test('is that of the longest track, not what the container claims', () => {
    expect(probed([video(), audio({ duration: '4.9' })], { duration: '7756.1' }).durationSeconds).toBe(5);
  });
  test('is read from a Matroska tag', () => {
    const stream = video({ duration: undefined, tags: { DURATION: '00:01:02.500000000' } });
    expect(probed([stream], { duration: '99' }).durationSeconds).toBe(62.5);
  });
  test('is the container’s where a track does not tell', () => {
    expect(probed([video({ duration: 'N/A' }), audio()], { duration: '6.5' }).durationSeconds).toBe(6.5);
  });
  test('is unknown where nobody tells', () => {
    expect(probed([video({ duration: undefined })], { duration: 'N/A' }).durationSeconds).toBeNull();
  });
});

test.each([
  [{ avg_frame_rate: '0/0' }, null],
  [{ avg_frame_rate: '30000/1001' }, { num: 30_000, den: 1001 }],
  [{ avg_frame_rate: undefined }, null],
])('the frame rate of %j', (overrides, fps) => {
  expect(probed([video(overrides)]).video[0]?.fps).toEqual(fps);
});

test.each([
  [{ r_frame_rate: '90000/1' }, ['variable frame rate']],
  [{ r_frame_rate: '50/1', field_order: 'tt' }, ['interlaced']],
  [{ color_transfer: 'smpte2084' }, ['HDR (PQ)']],
  [{ color_transfer: 'arib-std-b67' }, ['HDR (HLG)']],
])('%j is noted in plain words', (overrides, notes) => {
  expect(probed([video(overrides)]).notes).toEqual(notes);
});

test('a position is noted, wherever it is written', () => {
  const note = ['GPS position removed from outputs'];
  expect(probed([video()], { tags: { 'com.apple.quicktime.location.ISO6709': '+1+2/' } }).notes).toEqual(note);
  expect(probed([video({ tags: { location: '+1+2/' } })]).notes).toEqual(note);
});

test('cover art is no picture track', () => {
  expect(probed([video({ disposition: { attached_pic: 1 } }), audio()]).video).toEqual([]);
});

test('the words of a stranger do not get in: a language is two or three letters', () => {
  const subtitle = (language: string) => ({
    index: 3,
    codec_type: 'subtitle',
    codec_name: 'subrip',
    tags: { language },
  });
  expect(probed([subtitle('deu'), subtitle('<script>')]).subtitles).toMatchObject([
    { language: 'deu' },
    { language: null },
  ]);
});

test('what describes no file is not media', () => {
  expect(() => parseProbe({})).toThrow(expect.objectContaining({ name: 'input.not_media' }));
  expect(() => parseProbe('<html>')).toThrow(expect.objectContaining({ name: 'input.not_media' }));
});

test('a file of more than 64 tracks is refused, because FFmpeg may have left out others', () => {
  const tracks = (count: number) => Array.from({ length: count }, (_, index) => audio({ index }));
  expect(probed(tracks(64)).audio).toHaveLength(64);
  expect(() => probed(tracks(65))).toThrow(expect.objectContaining({ name: 'input.corrupt' }));
});
