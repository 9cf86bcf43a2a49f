/** What FFmpeg says, and what we say of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorText } from '#adapters/ffmpeg/stderr.ts';
import { progressReader } from '#core/ffmpeg/progress.ts';
import { reproOf } from '#core/ffmpeg/repro.ts';

describe('progress', () => {
  const read = (...pieces: readonly string[]): number[] => {
    const seen: number[] = [];
    const feed = progressReader((seconds) => void seen.push(seconds));
    for (const piece of pieces) feed(piece);
    return seen;
  };
  const block = (micros: string) => `frame=1\nout_time_us=${micros}\nout_time=00:00:00.000000\nprogress=continue\n`;

  test('is read in seconds, whichever line tells it', () => {
    expect(read(block('1500000'), 'out_time=01:00:02.500000\n')).toEqual([1.5, 3602.5]);
  });
  test('ignores what is not known yet, and never falls', () => {
    expect(read(block('N/A'), block('2000000'), block('-5'), block('1000000'), block('3000000'))).toEqual([2, 3]);
  });
  test('is the same however the stream is cut', () => {
    const stream = [500_000, 1_000_000, 900_000, 2_500_000].map((micros) => block(String(micros))).join('');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const pieces = at.slice(1).map((end, n) => stream.slice(at[n], end));
        expect(read(...pieces)).toEqual([0.5, 1, 2.5]);
      }),
    );
  });
  test('keeps no more than a line of a stream without line ends', () => {
    expect(read('x'.repeat(10_000_000), '\nout_time_us=1000000\n')).toEqual([1]);
  });
});

describe('stderr', () => {
  const said = (...pieces: readonly string[]) => {
    const text = errorText();
    for (const piece of pieces) text.add(piece);
    return { tail: text.tail(), lines: text.lines() };
  };
  test('is kept to its last 8 KiB and counted whole', () => {
    const { tail, lines } = said(...Array.from({ length: 10_000 }, (_, n) => `line ${n}\n`));
    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(8192);
    expect(tail.startsWith('line ')).toBe(true);
    expect(tail.endsWith('line 9999')).toBe(true);
    expect(lines).toBe(10_000);
  });
  test('leaves out what is said of fonts that the machine does not have', () => {
    const { tail, lines } = said('Fontconfig error: Cannot load default config file: No such file: (null)\nreal\n');
    expect({ tail, lines }).toEqual({ tail: 'real', lines: 1 });
  });
  test('loses what could forge lines or hide text', () => {
    const { tail } = said('[mov @ 0x55d782776100] \u001b[2Jevil\u202e\u0007\r\nDuration: 99\u0000\n');
    expect(tail).toBe('[mov] [2Jevil\nDuration: 99');
  });
  test('counts repeated lines as often as they were repeated', () => {
    expect(said('bad\n    Last message repeated 41 times\n').lines).toBe(42);
  });
  test('survives a line without an end', () => {
    expect(said(...Array.from({ length: 100 }, () => 'x'.repeat(100_000))).tail.length).toBeLessThanOrEqual(2048);
  });
});

describe('repro', () => {
  const reads = [
    { file: 'in0', from: { input: 'my-video' } },
    { file: 'in1', from: { output: 'marked', file: 'marked.mp4' } },
  ];
  test('names the files that the user has to put in, and leaves our progress descriptor out', () => {
    const words = ['-nostdin', '-progress', 'pipe:3', '-i', 'file:in0', '-i', 'file:in1', '-f', 'mp4', 'file:out.mp4'];
    expect(reproOf([{ arguments: words }], reads)).toBe(
      [
        'file_my_video=path/to/my-video',
        'file_marked_marked_mp4=path/to/marked/marked.mp4',
        'ffmpeg -nostdin -i "file:$file_my_video" -i "file:$file_marked_marked_mp4" -f mp4 file:out.mp4',
      ].join('\n'),
    );
  });
  test('quotes for a shell whatever a filter holds, and chains commands', () => {
    const first = { arguments: ['-vf', `drawtext='a b':x=$HOME`] };
    const line = String.raw`ffmpeg -vf 'drawtext='\''a b'\'':x=$HOME' && ffmpeg -y`;
    expect(reproOf([first, { arguments: ['-y'] }], [])).toBe(line);
  });
});
