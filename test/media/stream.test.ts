/** Streams of all sorts of sources, made by real FFmpeg and read back by players and parsers that are not ours. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CarriedOut } from '#test/support/carry-out.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { clapIn, decodedAt, joined, readDash, readHls, secondsIn, shapeOf } from '#test/support/streams.ts';

let house: MediaHouse;
const aac = ['-c:a', 'aac'];

beforeAll(async () => {
  house = await mediaHouse();
  const make: MediaHouse['make'] = (...what) => house.make(...what);
  await make('full', 'full.mp4', [...lavfi('testsrc2=s=1920x1080:r=30:d=2', 'sine=f=440:d=2'), ...x264, ...aac]);
  await make('portrait', 'portrait.mp4', [...lavfi('testsrc2=s=270x480:r=25:d=3', 'sine=d=3'), ...x264, ...aac]);
  await make('odd', 'odd.mkv', [...lavfi('testsrc2=s=321x301:r=25:d=2'), '-c:v', 'mpeg4', '-q:v', '3']);
  await make('ntsc', 'ntsc.mp4', [...lavfi('testsrc2=s=426x240:r=30000/1001:d=7.007', 'sine=d=7'), ...x264, ...aac]);
  await make('vfr', 'vfr.mkv', [
    ...lavfi('testsrc2=s=320x240:r=30:d=4', 'sine=d=4'),
    ...['-vf', "select='not(mod(n,3))+lt(t,1)'", '-fps_mode', 'vfr', ...x264, ...aac],
  ]);
  await make('hdr', 'hdr.mkv', [
    ...lavfi('testsrc2=s=320x240:r=25:d=1'),
    ...['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-color_primaries', 'bt2020'],
    ...['-x265-params', 'log-level=error', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc'],
  ]);
  await make('mute', 'mute.mp4', [...lavfi('testsrc2=s=320x240:r=24:d=2'), ...x264]);
  await make('surround', 'surround.mp4', [
    ...lavfi('testsrc2=s=320x240:r=25:d=2', 'anoisesrc=d=2:a=0.1'),
    ...[...x264, ...aac, '-ac', '6'],
  ]);
  await make('frame', 'frame.mp4', [...lavfi('testsrc2=s=320x240:r=25'), '-frames:v', '1', ...x264]);
  await make('brief', 'brief.mp4', [...lavfi('testsrc2=s=320x240:r=25:d=0.4', 'sine=d=0.4'), ...x264, ...aac]);
  await make('long', 'long.mp4', [...lavfi('testsrc2=s=320x240:r=25:d=20', 'sine=d=20'), ...x264, ...aac]);
  await make('late', 'late.mkv', [
    ...['-itsoffset', '0.48', ...lavfi('testsrc2=s=320x240:r=25:d=2', 'sine=d=2.5'), ...x264, ...aac],
  ]);
  await make('hushed', 'hushed.mp4', [...lavfi('testsrc2=s=320x240:r=25:d=5', 'sine=d=1'), ...x264, ...aac]);
  await make('clap', 'clap.mp4', [
    ...lavfi(
      "color=black:s=320x240:r=25:d=4,geq=lum='if(gte(T,2),235,16)':cb=128:cr=128",
      "aevalsrc='if(gte(t,2),0.5*sin(2*PI*1000*t),0)':s=48000:d=4",
    ),
    ...[...x264, ...aac],
  ]);
  await make('sound', 'sound.m4a', [...lavfi('sine=d=1'), ...aac]);
});
afterAll(() => house.remove());

const both = { type: 'stream', formats: ['hls', 'dash'] };

/** Everything that must hold of any stream: both formats tell the same, and FFmpeg plays all of it from the start. */
const verify = (made: CarriedOut, wanted: { frames: number; fps: number; sizes: string[]; sound: boolean }): void => {
  const [hls, dash] = [readHls(made, 'abr'), readDash(made, 'abr')];
  const seconds = wanted.frames / wanted.fps;
  expect(hls.video.map(({ size }) => size)).toEqual(wanted.sizes);
  expect(dash.video.map(({ size }) => size)).toEqual(wanted.sizes);
  expect([hls.audio !== undefined, dash.audio !== undefined]).toEqual([wanted.sound, wanted.sound]);
  for (const [n, rendition] of hls.video.entries()) {
    const other = dash.video[n];
    expect(other?.segments.map(({ file }) => file)).toEqual(rendition.segments.map(({ file }) => file));
    expect(rendition.codecs.split(',')[0]).toBe(other?.codecs);
    expect(rendition.codecs).toMatch(wanted.sound ? /^avc1\.6400[0-9a-f]{2},mp4a\.40\.2$/ : /^avc1\.6400[0-9a-f]{2}$/);
    expect(rendition.fps).toBeCloseTo(wanted.fps, 3);
    expect(other?.fps).toBeCloseTo(wanted.fps, 6);
    // Half a frame.
    expect(Math.abs(secondsIn(rendition) - seconds)).toBeLessThan(0.5 / wanted.fps);
    expect(rendition.segments.map((each) => each.seconds)).toEqual(hls.video[0]?.segments.map((each) => each.seconds));
    const file = joined(made, rendition);
    expect(shapeOf(file)).toBe(`h264,${rendition.size.replace('x', ',')},yuv420p`);
    const shown = decodedAt(file, 'v:0');
    expect([shown.length, shown[0]]).toEqual([wanted.frames, 0]);
  }
  for (const playlist of ['master.m3u8', 'manifest.mpd']) {
    const file = join(made.folder, playlist);
    const shown = decodedAt(file, 'v:0');
    expect([playlist, shown.length]).toEqual([playlist, wanted.frames]);
    if (!wanted.sound) continue;
    const heard = decodedAt(file, 'a:0');
    // The encoder's lead-in of 1024 samples lies before 0, and there is sound to the end of the pictures.
    expect(heard[0]).toBeGreaterThan(-0.0233);
    expect(heard[0]).toBeLessThan(0.001);
    expect((heard.at(-1) ?? 0) - (shown.at(-1) ?? 0)).toBeGreaterThan(-0.05);
  }
};

describe('a stream of', () => {
  test.each([
    ['full', 60, 30, ['1920x1080', '1280x720', '854x480', '640x360', '426x240'], true],
    ['portrait', 75, 25, ['270x480'], true],
    ['odd', 50, 25, ['320x300'], false],
    ['ntsc', 210, 30_000 / 1001, ['426x240'], true],
    ['vfr', 119, 30, ['320x240'], true],
    ['hdr', 25, 25, ['320x240'], false],
    ['mute', 48, 24, ['320x240'], false],
    ['surround', 50, 25, ['320x240'], true],
    ['frame', 1, 25, ['320x240'], false],
    ['brief', 10, 25, ['320x240'], true],
    ['long', 500, 25, ['320x240'], true],
    ['late', 63, 25, ['320x240'], true],
    ['hushed', 125, 25, ['320x240'], true],
  ] as const)('a %s source plays whole, in HLS and in DASH', async (name, frames, fps, sizes, sound) => {
    const made = await house.run({ abr: both }, [name]);
    verify(made, { frames, fps, sizes: [...sizes], sound });
  });
});

test('a flash and a click of the same moment stay together', async () => {
  const made = await house.run({ abr: { ...both, segmentSeconds: 1 } }, ['clap']);
  for (const playlist of ['master.m3u8', 'manifest.mpd']) {
    const { flash, click } = clapIn(join(made.folder, playlist));
    expect([playlist, flash]).toEqual([playlist, 2]);
    expect(Math.abs(click - flash)).toBeLessThan(0.005);
  }
});

test('a source without a picture is refused by name', async () => {
  await expect(house.run({ abr: both }, ['sound'])).rejects.toMatchObject({ code: 'input.no_video_stream' });
});

test('two streams of one source keep their files apart', async () => {
  const made = await house.run({ hls: 'hls', dash: 'dash' }, ['brief']);
  expect(made.plan.tasks.map(({ id }) => id)).toEqual(['make-hls', 'make-dash']);
  expect([made.files('hls')[0], made.files('dash')[0]]).toEqual(['master.m3u8', 'manifest.mpd']);
});

test('a stream shares its decode with what else is made of the source', async () => {
  const made = await house.run({ mp4: 'mp4-fast', abr: 'hls', thumb: 'thumb' }, ['brief']);
  expect(made.plan.tasks).toHaveLength(1);
});

test('size, rate, window and sound are as asked, and a rendition larger than that is left out', async () => {
  const made = await house.run(
    {
      abr: {
        ...both,
        ...{ start: 1, end: 5, fps: 12.5, audio: 'none', segmentSeconds: 2 },
        size: { width: 200, height: 200, fit: 'pad' },
        ladder: [{ shortSide: 480 }, { shortSide: 100, crf: 30, maxBitrate: 200_000 }, { shortSide: 200 }],
      },
    },
    ['long'],
  );
  expect(made.plan.warnings).toEqual(['abr: the picture is smaller than 480: that rendition is left out']);
  verify(made, { frames: 50, fps: 12.5, sizes: ['200x200', '100x100'], sound: false });
  expect(readHls(made, 'abr').video.map(({ segments }) => segments.length)).toEqual([2, 2]);
});

test('edits are seen in every rendition, speed in the length too', async () => {
  const edit = [{ crop: { x: 0, y: 0, width: 160, height: 160 } }, { speed: 2 }];
  const made = await house.run({ abr: { ...both, edit, ladder: [{ shortSide: 160 }, { shortSide: 80 }] } }, ['long']);
  verify(made, { frames: 250, fps: 25, sizes: ['160x160', '80x80'], sound: true });
});
