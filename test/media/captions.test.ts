/** Captions in files of their own and inside of videos: what goes in, what comes out, and what stays out. */
import { writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parsed } from '@plussub/srt-vtt-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { admit } from '#core/media/admission.ts';
import { parseCues } from '#core/media/cues.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';

const srt = `1
00:00:01,000 --> 00:00:02,000
Hello <i>there</i> & "you" < me

2
00:00:03,500 --> 00:00:04,250
Two
lines
`;
let house: MediaHouse;

beforeAll(async () => {
  house = await mediaHouse();
  const file = join(house.folder, 'subs.srt');
  await writeFile(file, srt);
  await house.add('subs', file);
  await writeFile(join(house.folder, 'late.srt'), srt.replaceAll('Two', 'Zwei').replaceAll('Hello', 'Hallo'));
  const film = lavfi('testsrc2=s=320x180:r=25:d=6', 'sine=d=6');
  const tracks = ['-i', file, '-i', join(house.folder, 'late.srt'), '-map', '0', '-map', '1', '-map', '2', '-map', '3'];
  const languages = ['-metadata:s:s:0', 'language=eng', '-metadata:s:s:1', 'language=ger'];
  await house.make('mp4', 'film.mp4', [...film, ...tracks, ...languages, ...x264, '-c:a', 'aac', '-c:s', 'mov_text']);
  for (const codec of ['subrip', 'ass', 'webvtt']) {
    await house.make(codec, `${codec}.mkv`, [...film, ...tracks, ...languages, ...x264, '-c:a', 'aac', '-c:s', codec]);
  }
  await house.make('plain', 'plain.mp4', [...film, ...x264, '-c:a', 'aac']);
});
afterAll(() => house.remove());

const text = (file: string): string => readFileSync(file, 'utf8');

describe('caption files as inputs', () => {
  const tools = ffmpegMediaTools();
  const probed = async (content: string | Uint8Array) => {
    await writeFile(join(house.folder, 'in'), content);
    const probe = parseProbe(await tools.probe({ folder: house.folder, file: 'in' }));
    return admit(probe, { maxBytes: 1e9, maxSeconds: 36_000, maxPixels: 1e8 });
  };

  test.each([
    ['SubRip', srt, 'srt', 'subrip'],
    ['SubRip of Windows', Buffer.from(`\ufeff${srt.replaceAll('\n', '\r\n')}`), 'srt', 'subrip'],
    ['SubRip in UTF-16', Buffer.from(`\ufeff${srt}`, 'utf16le'), 'srt', 'subrip'],
    ['WebVTT', 'WEBVTT\n\n00:01.000 --> 00:04.250\nx\n', 'webvtt', 'webvtt'],
  ])('%s is one, with a subtitle track and nothing else', async (_, content, container, codec) => {
    expect(await probed(content)).toMatchObject({
      container,
      durationSeconds: 4.25,
      video: [],
      audio: [],
      subtitles: [{ index: 0, codec }],
    });
  });

  test.each([
    ['any other text', 'Dear Ann,\nhow are you?', 'input.not_media'],
    ['a list of files', "ffconcat version 1.0\nfile '/etc/passwd'\n", 'input.not_media'],
    ['a playlist', '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n', 'input.not_media'],
    ['SubStation Alpha', '[Script Info]\nTitle: x\n', 'input.not_media'],
    ['WebVTT without captions', 'WEBVTT\n\nNOTE nothing\n', 'input.corrupt'],
    ['text in an unknown encoding', Buffer.from(srt.replace('there', 'd\xe9j\xe0'), 'latin1'), 'input.corrupt'],
    ['a megabyte of tags', `WEBVTT\n\n00:01.000 --> 00:02.000\n${'<b>'.repeat(340_000)}\n`, 'input.corrupt'],
    ['more than five megabytes', srt.repeat(50_000), 'input.too_large'],
    ['bytes behind a head of text', Buffer.concat([Buffer.from(srt), Buffer.alloc(100, 0xfe)]), 'input.corrupt'],
  ])('%s is not', async (_, content, code) => {
    await expect(probed(content)).rejects.toMatchObject({ code });
  });

  test('a video that holds nothing but captions is none', async () => {
    const only = join(house.folder, 'only.mkv');
    await house.make('only', 'only.mkv', ['-i', join(house.folder, 'subs.srt'), '-c:s', 'subrip']);
    const probe = parseProbe(await tools.probe({ folder: house.folder, file: 'only.mkv' }));
    expect(only && probe.subtitles).toHaveLength(1);
    expect(() => admit(probe, { maxBytes: 1e9, maxSeconds: 36_000, maxPixels: 1e8 })).toThrow(
      expect.objectContaining({ code: 'input.not_media' }),
    );
  });

  test.each([
    ['a video', 'mp4', 'input.no_video_stream'],
    ['sound', 'mp3', 'input.no_audio_stream'],
    ['a picture', 'thumb', 'input.no_video_stream'],
    ['a storyboard', 'storyboard', 'input.no_video_stream'],
    ['a GIF', 'gif', 'input.no_video_stream'],
    ['a stream', 'hls', 'input.no_video_stream'],
    ['a waveform', { type: 'waveform' }, 'input.no_audio_stream'],
    ['pictures', { type: 'images' }, 'input.no_video_stream'],
  ])('%s cannot be made of one', async (_, output, code) => {
    await expect(house.run({ out: output }, ['subs'])).rejects.toMatchObject({ code });
  });

  test('nor can it be laid over a picture', async () => {
    const edit = [{ overlay: { image: 'subs' } }];
    const failure = { code: expect.stringMatching(/^(input|spec)\./) as string }; // a matcher
    await expect(house.run({ out: { type: 'video', from: 'plain', edit } }, ['plain', 'subs'])).rejects.toMatchObject(
      failure,
    );
  });

  test('a copy, a checksum and a probe can', async () => {
    const made = await house.run({ out: 'copy', sum: { type: 'checksum' }, meta: 'probe' }, ['subs']);
    expect(text(made.file('out'))).toBe(srt);
    expect(text(made.file('sum'))).toMatch(/ {2}subs\.srt\n$/);
    expect(JSON.parse(text(made.file('meta')))).toMatchObject({ container: 'srt' });
  });
});

describe('caption outputs', () => {
  test('SubRip becomes WebVTT and back, and a library reads both alike', async () => {
    const made = await house.run({ vtt: { type: 'captions' }, srt: { type: 'captions', from: 'vtt', format: 'srt' } }, [
      'subs',
    ]);
    expect(text(made.file('vtt'))).toBe(`WEBVTT

00:00:01.000 --> 00:00:02.000
Hello <i>there</i> &amp; "you" &lt; me

00:00:03.500 --> 00:00:04.250
Two
lines
`);
    expect(text(made.file('srt'))).toBe(srt);
    const times = (file: string) => parsed(text(file)).entries.map(({ from, to }) => [from, to]);
    expect(times(made.file('vtt'))).toEqual([
      [1000, 2000],
      [3500, 4250],
    ]);
    expect(times(made.file('srt'))).toEqual(times(made.file('vtt')));
  });

  test.each(['mp4', 'subrip', 'ass', 'webvtt'])('a text track of %s comes out, by its language', async (name) => {
    const made = await house.run(
      {
        first: { type: 'captions', format: 'srt' },
        german: { type: 'captions', language: 'de' },
        english: { type: 'captions', language: 'en-GB' },
      },
      [name],
    );
    const cues = parseCues(text(made.file('first')));
    expect(cues).toHaveLength(2);
    // Matroska begins 23 ms late, where the sound does: the captions stay with the picture.
    expect(cues[0]?.start).toBeCloseTo(1, 1);
    expect(cues[1]?.end).toBeCloseTo(4.25, 1);
    expect(cues[0]?.text).toMatch(/^Hello there & "you"/);
    expect(cues[1]?.text).toBe('Two\nlines');
    expect(parseCues(text(made.file('german')))[1]?.text).toBe('Zwei\nlines');
    expect(parseCues(text(made.file('english')))[1]?.text).toBe('Two\nlines');
    if (name !== 'mp4') expect(cues[0]?.runs[1]).toEqual({ text: 'there', italic: true });
  });

  test('they are timed by the part of the film that they are made from', async () => {
    const made = await house.run({ out: { type: 'captions', from: 'mp4', source: 'subs' } }, ['mp4', 'subs'], {
      inputs: {
        mp4: { upload: 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD', start: 1.5, end: 4 },
        subs: 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD',
      },
    });
    expect(parseCues(text(made.file('out'))).map(({ start, end }) => [start, end])).toEqual([
      [0, 0.5],
      [2, 2.5],
    ]);
  });

  test('a part without any is an empty file', async () => {
    const made = await house.run({ out: { type: 'captions', format: 'srt' }, vtt: { type: 'captions' } }, ['mp4'], {
      inputs: { mp4: { upload: 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD', start: 2.2, end: 3.2 } },
    });
    expect(text(made.file('out')).trim()).toBe('');
    expect(text(made.file('vtt'))).toBe('WEBVTT\n');
  });

  test('"source" alone is enough', async () => {
    const made = await house.run({ out: { type: 'captions', source: 'subs' } }, ['plain', 'subs']);
    expect(parseCues(text(made.file('out')))).toHaveLength(2);
  });

  test.each([
    ['a language that is not there', 'mp4', { language: 'fr' }, 'spec.invalid', 'eng'],
    ['no track at all', 'plain', {}, 'spec.invalid', 'no subtitle track'],
  ])('%s is an error that says so', async (_, name, more, code, words) => {
    await expect(house.run({ out: { type: 'captions', ...more } }, [name])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words) as string, // a matcher
    });
  });
});
