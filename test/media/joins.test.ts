/** Films in pieces through the whole runner: sliced, encoded, joined within the store, checked, and mended. */
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { Failure } from '#core/failures.ts';
import type { OutputFile } from '#core/job/task-result.ts';
import type { ObjectStore, StoredPiece } from '#core/ports/object-store.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { makePieces, type Pieces } from '#test/support/pieces.ts';
import { aTask } from '#test/support/records.ts';
import { runnerLimits, startRunner, type TestRunner } from '#test/support/runner.ts';

const [seconds, rate] = [22, 10];
let house: MediaHouse;
let film: string;
let runner: TestRunner;
beforeAll(async () => {
  house = await mediaHouse();
  film = join(house.folder, 'film.mp4');
  await house.make('film', 'film.mp4', [
    ...lavfi(`testsrc2=s=320x180:r=${rate}:d=${seconds}`, `sine=d=${seconds}`),
    ...[...x264, '-g', String(2 * rate), '-bf', '2', '-c:a', 'aac'],
  ]);
});
afterAll(() => house.remove());

const objects = memoryObjectStore();
/** What a test does to what is composed. */
const untouched: ObjectStore['compose'] = (...given) => objects.compose(...given);
let compose = untouched;
let pieces: Pieces;
beforeAll(async () => {
  const hooked: ObjectStore = { ...objects, compose: (...given) => compose(...given) };
  runner = await startRunner({ objects: hooked, limits: { ...runnerLimits, wholeBytes: 0 } });
  pieces = await makePieces(runner, film);
});
afterEach(() => {
  compose = untouched;
});
afterAll(() => runner.close());

let joins = 0;
/** The join, as if it had never been tried. */
const joinAgain = async (): Promise<string> => {
  const id = `join-${(joins += 1)}`;
  await runner.save({ ...pieces.join, id });
  await runner.run(id);
  return id;
};

/** The picture's hash: what is seen, and when. */
const seen = async (key: string): Promise<string> => {
  const file = join(runner.root, 'seen.mp4');
  await rm(file, { force: true });
  await writeFile(file, (await runner.deps.objects.read(key)) ?? '');
  const words = ['-v', 'error', '-xerror', '-i', file, '-map', '0:v', '-f', 'framemd5', '-'];
  return execFileSync('ffmpeg', words, { encoding: 'utf8' });
};

const joinedOf = async (id: string) => {
  const { result } = await runner.record(id);
  const [file] = result?.outputs?.['out']?.files ?? [];
  if (!file) throw new Error('nothing was joined');
  return { file, attestation: result?.outputs?.['out']?.attestation, result };
};

/** Where a piece, or its table, lies. */
const stored = async (n: number, name: 'file' | 'table'): Promise<OutputFile> => {
  const piece = pieces.join.picture[n];
  const made = (await runner.record(piece?.task ?? '')).result?.outputs?.[piece?.output ?? '']?.files;
  const file = made?.find((each) => each.name === piece?.[name]);
  if (!file) throw new Error('there is no such piece');
  return file;
};

const leftOf = async (): Promise<readonly string[]> =>
  (await runner.stored()).filter((key) => key.includes(`/join-${joins}/`));

describe('a film in pieces', () => {
  test('is joined, and is what the plan says', async () => {
    const { file, attestation, result } = await joinedOf(await joinAgain());
    expect(file).toMatchObject({ name: 'out.mp4', type: 'video/mp4' });
    expect(attestation?.checks).toMatchObject({
      durationSeconds: expect.closeTo(seconds, 1),
      frames: seconds * rate,
      video: 'h264 320x180',
      audio: 'aac 1 channels',
      decodeErrors: 0,
      join: { pieces: pieces.join.picture.length + 1, timesEqual: true, joinsDecoded: pieces.join.picture.length - 1 },
    });
    expect(attestation?.commands).toHaveLength(2);
    expect(result).toMatchObject({ warnings: [], measured: { moved: file.bytes } });
    expect((await seen(file.key)).split('\n').filter((line) => line.startsWith('0,'))).toHaveLength(seconds * rate);
  });

  test('reads every byte of its source once: the sound comes with the pictures that it lies between', async () => {
    const results = await Promise.all(pieces.join.picture.map(async ({ task }) => (await runner.record(task)).result));
    const source = (await runner.record('input-video')).result?.input?.object.bytes ?? 0;
    const index = 20_000;
    const read = results.reduce((sum, result) => sum + (result?.measured?.bytesRead ?? 0) - index, 0);
    expect(read).toBeLessThan(1.05 * source);
    expect(results.every((result) => (result?.measured?.requests ?? 0) >= 4)).toBe(true);
    const sound = (await runner.record(pieces.join.sound[0]?.task ?? '')).result?.measured?.bytesRead ?? Infinity;
    expect(sound).toBeLessThan(0.5 * source);
  });
});

const octets = { contentType: 'application/octet-stream' };

describe('what pieces have left of the sound', () => {
  const left = async (): Promise<OutputFile> => {
    const made = (await runner.record(pieces.join.picture[1]?.task ?? '')).result?.outputs ?? {};
    const file = Object.values(made)
      .flatMap(({ files }) => files)
      .find(({ name }) => name.endsWith('.samples'));
    if (!file) throw new Error('a piece leaves its sound');
    return file;
  };

  test.each([
    ['lost', (key: string): Promise<unknown> => objects.remove(key)],
    ['damaged', (key: string, body: Uint8Array): Promise<unknown> => objects.write(key, body.fill(0), octets)],
  ])('is read of the source again where it is %s', async (how, damage) => {
    const { key } = await left();
    const body = (await objects.read(key)) ?? new Uint8Array();
    const { task, result } = await runner.record(pieces.join.sound[0]?.task ?? '');
    if (task.kind !== 'make') throw new Error('sound is made');
    await damage(key, Uint8Array.from(body));
    const id = `sound-${how}`;
    await runner.save({ ...task, id });
    await runner.run(id);
    await objects.write(key, body, octets);
    const sums = (made: typeof result) =>
      Object.values(made?.outputs ?? {}).flatMap(({ files }) => files.map((file) => file.sha256));
    expect(sums((await runner.record(id)).result)).toEqual(sums(result));
    const told = runner.log.entries.filter(({ message }) => message.includes('read again'));
    expect(told.at(-1)?.fields).toMatchObject({ taskId: id });
  });
});

describe('what the store has lost or damaged is made again', () => {
  test.each<[string, [number, 'file' | 'table'][], boolean]>([
    ['a corrupted piece', [[1, 'file']], false],
    ['a corrupted table', [[0, 'table']], false],
    [
      'two lost pieces and a lost table',
      [
        [0, 'file'],
        [2, 'file'],
        [3, 'table'],
      ],
      true,
    ],
  ])('%s', async (_, damaged, isLost) => {
    const whole = await seen((await joinedOf(await joinAgain())).file.key);
    const before = await Promise.all(
      damaged.map(async ([n, name]) => {
        const { key, type } = await stored(n, name);
        return { key, body: (await objects.read(key)) ?? '', contentType: type };
      }),
    );
    for (const { key, body, contentType } of before) {
      if (isLost) await objects.remove(key);
      else await objects.write(key, Buffer.alloc(body.length), { contentType });
    }
    const { file, result } = await joinedOf(await joinAgain());
    for (const { key, body, contentType } of before) await objects.write(key, body, { contentType });
    expect(await seen(file.key)).toBe(whole);
    expect(result?.warnings).toEqual([]);
    const told = runner.log.entries.filter(({ message }) => message.includes('made again'));
    expect(told.at(-1)?.fields).toMatchObject({ taskId: `join-${joins}` });
  });

  test('but not for ever', async () => {
    compose = async (_, given) => {
      const piece = given.find((each): each is StoredPiece => !(each instanceof Uint8Array));
      throw new Failure('input.changed', piece && { object: piece.key });
    };
    await expect(joinAgain()).rejects.toMatchObject({ name: 'platform.internal' });
    expect(await leftOf()).toEqual([]);
  });
});

describe('a join that is not the film that was planned is refused', () => {
  test.each<[string, (bytes: Buffer) => void]>([
    ['the first pictures do not decode', (bytes) => bytes.fill(0x55, bytes.indexOf('mdat') + 400, bytes.length >> 2)],
    ['pictures at a join do not decode', (bytes) => bytes.fill(0x55, bytes.length >> 1, (bytes.length * 3) >> 2)],
    [
      'a picture at another time',
      (bytes) => {
        const at = bytes.indexOf('stts') + 12;
        bytes.writeUInt32BE(bytes.readUInt32BE(at + 4) + 1, at + 4);
      },
    ],
  ])('%s', async (_, change) => {
    compose = async (key, given, options) => {
      const made = await objects.compose(key, given, options);
      const bytes = Buffer.from((await objects.read(key)) ?? '');
      change(bytes);
      return { ...made, ...(await objects.write(key, bytes, options)) };
    };
    await expect(joinAgain()).rejects.toMatchObject({ name: 'encode.verify_failed' });
    expect(await leftOf()).toEqual([]);
  });

  test('a film one of whose pieces was not made', async () => {
    await runner.save(aTask({ id: 'never', reads: [], writes: [] }));
    const [first, ...rest] = pieces.join.picture;
    if (!first) throw new Error('a film has pieces');
    const missing = { ...first, file: 'gone.mp4', table: 'gone.json', task: 'never' };
    await runner.save({ ...pieces.join, id: `join-${(joins += 1)}`, picture: [missing, ...rest] });
    await expect(runner.run(`join-${joins}`)).rejects.toMatchObject({ name: 'platform.internal' });
  });
});

test('a source that was replaced after it was planned is refused', async () => {
  const [id = ''] = pieces.makers;
  const { task } = await runner.record(id);
  if (task.kind !== 'make') throw new Error('a piece is made');
  await runner.save({ ...task, id: 'late' });
  const { key } = (await runner.record('input-video')).result?.input?.object ?? { key: '' };
  await objects.write(key, 'other', { contentType: 'video/mp4' });
  await expect(runner.run('late')).rejects.toMatchObject({ name: 'input.changed' });
});
