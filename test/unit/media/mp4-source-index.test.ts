import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '#core/failures.ts';
import { checkJoined, readJoined } from '#core/media/mp4/check-join.ts';
import { joinedFile } from '#core/media/mp4/join.ts';
import { rowsRange } from '#core/media/mp4/rows.ts';
import { parseSampleTable, readSampleTable, type SampleTable, writeSampleTable } from '#core/media/mp4/sample-table.ts';
import { planSlice, sliceOf } from '#core/media/mp4/slice.ts';
import { readSourceIndex } from '#core/media/mp4/source-index.ts';
import { box, concat, fullBox, letters, u32 } from '#core/media/mp4/write-boxes.ts';

const entry = (type: string): Uint8Array => fullBox('stsd', 0, 0, u32([1]), box(type, new Uint8Array(78)));
const handler = (type: string): Uint8Array => fullBox('hdlr', 0, 0, u32([0]), letters(type), new Uint8Array(13));
const header = fullBox('tkhd', 0, 3, new Uint8Array(80));

/** A piece of pictures that are decoded in the order I P B B, at twenty-five a second. */
const aPiece = (from: number, groups: number, more: Partial<SampleTable> = {}): SampleTable => {
  const order = Array.from({ length: groups }, (_, n) => [0, 3, 1, 2].map((at) => from + (4 * n + at) * 512)).flat();
  return {
    bytes: 100 + order.length * 10,
    timescale: 12_800,
    kind: 'video',
    language: 0x55c4,
    tkhd: header,
    hdlr: handler('vide'),
    stsd: entry('mp4v'),
    sizes: Uint32Array.from(order, () => 10),
    offsets: Float64Array.from(order, (_, n) => 100 + 10 * n),
    shown: Float64Array.from(order),
    durations: Uint32Array.from(order, () => 512),
    sync: Uint8Array.from(order, (_, n) => (n === 0 ? 1 : 0)),
    ...more,
  };
};

const aFilm = (): { bytes: Uint8Array; head: Uint8Array } => {
  const { head, bytes } = joinedFile({ picture: [{ table: aPiece(0, 5) }, { table: aPiece(20 * 512, 5) }], sound: [] });
  return { head, bytes: concat([head, new Uint8Array(bytes - head.length)]) };
};

const fileOf = (bytes: Uint8Array) => ({
  bytes: bytes.length,
  read: (start: number, end: number): Promise<Uint8Array> => {
    if (start < 0 || start >= end || end > bytes.length) throw new RangeError(`there is no ${start}-${end}`);
    return Promise.resolve(bytes.slice(start, end));
  },
});

const trackOf = async (bytes: Uint8Array) => (await readSourceIndex(fileOf(bytes)))?.index.tracks[0];

/** The same film with other content in the first box of this type. */
const changed = (type: string, change: (view: DataView, start: number) => void): Uint8Array => {
  const { bytes } = aFilm();
  const at = Buffer.from(bytes).indexOf(type);
  change(new DataView(bytes.buffer), at + 4);
  return bytes;
};

describe('the index of a film', () => {
  test('lists its key pictures and when it is shown', async () => {
    expect(await trackOf(aFilm().bytes)).toMatchObject({
      stream: 0,
      timescale: 12_800,
      samples: 40,
      start: 0,
      end: 40 * 512,
      longest: 512,
      syncs: { rows: [0, 20], times: [0, 20 * 512] },
      bytes: 400,
      refused: null,
    });
  });

  test.each([
    ['more samples than its box holds', 'stsz', 8, 2 ** 32 - 1, 'its tables do not hold together'],
    ['samples of one byte each', 'stsz', 4, 1, null],
    ['samples beyond the end', 'stco', 8, 2 ** 31, 'some of its samples lie beyond the end of the file'],
    ['more chunks than there are', 'stsc', 12, 2 ** 32 - 1, null],
    ['time that runs backwards', 'stts', 12, 2 ** 32 - 1, 'its tables do not hold together'],
    ['pictures that are shown at the same time', 'stts', 12, 0, 'two of its pictures are shown at the same time'],
    ['no key picture at the start', 'stss', 8, 3, 'its first picture is no key picture'],
    ['another speed', 'elst', 24, 0x8000, 'its edit list shows more than one stretch of it, or at another speed'],
    ['an edit of nothing', 'elst', 12, 0, 'its edit list shows more than one stretch of it, or at another speed'],
    ['encryption', 'stsd', 12, 0x656e_6376, 'it is encrypted'],
    ['another file', 'url ', 0, 0, 'its samples lie in another file'],
  ])('says why it cannot be cut: %s', async (_, type, at, value, refused) => {
    const track = await trackOf(changed(type, (view, start) => view.setUint32(start + at, value)));
    expect(track?.refused ?? null).toBe(refused);
  });

  test('is missing where there is no film, or only a part of its `moov`', async () => {
    expect(await readSourceIndex(fileOf(letters('a text that is long enough for a box')))).toBeUndefined();
    expect(await readSourceIndex(fileOf(aFilm().head.subarray(0, 300)))).toBeUndefined();
    expect(await readSourceIndex(fileOf(box('moov', box('mvhd', new Uint8Array(100)))))).toBeUndefined();
    const endless = changed('ftyp', (view, start) => view.setUint32(start - 8, 0));
    expect(await readSourceIndex(fileOf(endless))).toBeUndefined();
  });

  test('never asks for more than a film can claim', async () => {
    const claims = changed('stsz', (view, start) => {
      view.setUint32(start + 4, 1);
      view.setUint32(start + 8, 2 ** 32 - 1);
    });
    expect((await trackOf(claims))?.refused).toBe('it claims more samples than it can have');
  });

  test('and its slices, whatever bytes are changed, are told or refused, and never fail otherwise', async () => {
    const { bytes, head } = aFilm();
    const flips = fc.array(fc.tuple(fc.nat(head.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(flips, fc.option(fc.integer()), async (changes, from) => {
        const mutated = Uint8Array.from(bytes);
        for (const [at, value] of changes) mutated[at] = value;
        const found = await readSourceIndex(fileOf(mutated));
        for (const track of found?.index.tracks ?? []) {
          if (track.refused !== null) continue;
          const wanted = planSlice(track, from, null);
          const { start, end } = rowsRange(track, wanted);
          try {
            const slice = sliceOf(track, found?.rows.subarray(start, end) ?? new Uint8Array(), wanted);
            for (const range of slice.ranges) expect(range.end).toBeLessThanOrEqual(mutated.length);
          } catch (error) {
            expect(error).toBeInstanceOf(Failure);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a join', () => {
  const joined = (...picture: SampleTable[]) => joinedFile({ picture: picture.map((table) => ({ table })), sound: [] });

  test.each([
    ['overlap', [aPiece(0, 5), aPiece(19 * 512, 5)], 'Two pieces overlap.'],
    [
      'count time differently',
      [aPiece(0, 5), aPiece(20 * 512, 5, { timescale: 90_000 })],
      'The pieces do not count time in the same way.',
    ],
    [
      'start with no key picture',
      [aPiece(0, 5, { sync: new Uint8Array(20) })],
      'A piece does not start with a key picture.',
    ],
    ['are empty', [aPiece(0, 0)], 'A piece has no sample left.'],
  ])('fails where pieces %s', (_, pieces, detail) => {
    expect(() => joined(...pieces)).toThrow(
      expect.objectContaining({ code: 'encode.verify_failed', facts: { detail, phase: 'checking' } }),
    );
  });

  test('describes pieces that were encoded differently one by one', () => {
    const pieces = [aPiece(0, 5), aPiece(20 * 512, 5, { stsd: entry('hvc1') }), aPiece(40 * 512, 5)];
    const picture = pieces.map((table) => ({ table }));
    const { head } = joinedFile({ picture, sound: [] });
    expect(Buffer.from(head).includes('mp4v') && Buffer.from(head).includes('hvc1')).toBe(true);
    expect(checkJoined(readJoined(head), { picture, sound: [] })).toMatchObject({ timesEqual: true, frames: 60 });
  });

  test('describes sound once that says of each piece how many bits it has', () => {
    const described = (kilobits: number): Uint8Array => {
      const rate = u32([kilobits * 1000]);
      const config = concat([Uint8Array.of(4, 15, 0x40, 0x15, 0, 0, kilobits), rate, rate]);
      const stream = concat([Uint8Array.of(3, 0x80, 0x80, 0x80, 21, 0, 1, 0), config]);
      const boxes = concat([fullBox('esds', 0, 0, stream), box('btrt', u32([0]), rate, rate)]);
      return fullBox('stsd', 0, 0, u32([1]), box('mp4a', new Uint8Array(28), boxes));
    };
    const sound = (n: number, kilobits: number): SampleTable =>
      aPiece(n * 20 * 512, 5, { kind: 'audio', hdlr: handler('soun'), stsd: described(kilobits) });
    const pieces = {
      picture: [{ table: aPiece(0, 5) }],
      sound: [sound(0, 96), sound(1, 97)].map((table) => ({ table })),
    };
    const { head } = joinedFile(pieces);
    expect(Buffer.from(head).toString('latin1').split('mp4a')).toHaveLength(2);
    expect(checkJoined(readJoined(head), pieces)).toMatchObject({ timesEqual: true, problems: [] });
  });

  test('starts late sound exactly, in a unit that both tracks have', () => {
    const sound = aPiece(0, 5, {
      kind: 'audio',
      timescale: 44_100,
      hdlr: handler('soun'),
      stsd: entry('mp4a'),
      shown: Float64Array.from({ length: 20 }, (_, n) => 12_345 + n * 1024),
      durations: new Uint32Array(20).fill(1024),
      sync: new Uint8Array(20).fill(1),
    });
    const pieces = { picture: [{ table: aPiece(0, 5) }], sound: [{ table: sound }] };
    const { head, facts } = joinedFile(pieces);
    expect(facts.sound?.startSeconds).toBe(12_345 / 44_100);
    expect(checkJoined(readJoined(head), pieces)).toMatchObject({ ...facts, timesEqual: true, problems: [] });
  });

  test('takes wide offsets where it needs them', () => {
    const pieces = [aPiece(0, 5, { bytes: 5e9 }), aPiece(20 * 512, 5)].map((table) => ({ table }));
    const { head, bytes } = joinedFile({ picture: pieces, sound: [] });
    expect(bytes).toBeGreaterThan(5e9);
    expect(Buffer.from(head).includes('co64')).toBe(true);
    expect(checkJoined(readJoined(head), { picture: pieces, sound: [] })).toMatchObject({
      timesEqual: true,
      problems: [],
    });
  });

  test('is read back with problems or a failed check, whatever bytes are changed', () => {
    const picture = [{ table: aPiece(0, 5) }, { table: aPiece(20 * 512, 5) }];
    const { head } = joinedFile({ picture, sound: [] });
    fc.assert(
      fc.property(fc.nat(head.length - 1), fc.nat(255), (at, value) => {
        const mutated = Uint8Array.from(head);
        mutated[at] = value;
        try {
          checkJoined(readJoined(mutated), { picture, sound: [] });
        } catch (error) {
          expect(error).toMatchObject({ code: 'encode.verify_failed' });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the table of a piece', () => {
  test('comes back from its text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1e6), fc.nat(1e5), fc.integer({ min: -5000, max: 1e9 })), { minLength: 1 }),
        (rows) => {
          let at = 0;
          const offsets = rows.map(([size, gap]) => (at += gap + size) - size);
          const table = aPiece(0, 1, {
            bytes: at,
            sizes: Uint32Array.from(rows, ([size]) => size),
            offsets: Float64Array.from(offsets),
            shown: Float64Array.from(rows, ([, , time]) => time),
            durations: Uint32Array.from(rows, ([size]) => size % 3),
            sync: Uint8Array.from(rows, ([size]) => size % 2),
          });
          expect(parseSampleTable(writeSampleTable(table))).toStrictEqual(table);
        },
      ),
    );
  });

  test('is refused where it is none', async () => {
    const text = writeSampleTable(aPiece(0, 5));
    for (const wrong of [
      '',
      '{}',
      text.slice(0, -1),
      text.replace('"sync":[', '"sync":[9,1,'),
      text.replace('"bytes":300', '"bytes":299'),
    ])
      expect(() => parseSampleTable(wrong)).toThrow(expect.objectContaining({ code: 'encode.verify_failed' }));
    await expect(readSampleTable(fileOf(letters('no piece of anything')))).rejects.toMatchObject({
      code: 'encode.verify_failed',
    });
  });
});
