import { describe, expect, test } from 'vitest';
import { composedParts, type ComposedPart, type PieceSize, s3Limits } from '#adapters/s3/compose-parts.ts';

const MiB = 2 ** 20;
const stored = (bytes: number): PieceSize => ({ bytes, isStored: true });
const inMemory = (bytes: number): PieceSize => ({ bytes, isStored: false });

const stretchesOf = (part: ComposedPart) => (part.kind === 'sent' ? part.stretches : [part.stretch]);
const sizeOf = (part: ComposedPart): number => stretchesOf(part).reduce((sum, { start, end }) => sum + end - start, 0);
const moved = (parts: readonly ComposedPart[]): number =>
  parts.filter(({ kind }) => kind === 'sent').reduce((sum, part) => sum + sizeOf(part), 0);

/** Every byte of every piece once, in order, and nothing that S3 would refuse. */
const isLegal = (pieces: readonly PieceSize[], parts: readonly ComposedPart[]): void => {
  const at = { piece: 0, byte: 0 };
  const skipped = (): void => {
    while (at.piece < pieces.length && at.byte === (pieces[at.piece]?.bytes ?? 0))
      Object.assign(at, { piece: at.piece + 1, byte: 0 });
  };
  for (const { piece, start, end } of parts.flatMap(stretchesOf)) {
    skipped();
    expect({ piece, byte: start }).toEqual(at);
    expect(end).toBeGreaterThan(start);
    at.byte = end;
  }
  skipped();
  expect(at.piece).toBe(pieces.length);
  expect(parts.length).toBeLessThanOrEqual(s3Limits.parts);
  for (const part of parts.slice(0, -1)) expect(sizeOf(part)).toBeGreaterThanOrEqual(5 * MiB);
  for (const part of parts) expect(sizeOf(part)).toBeLessThanOrEqual(5 * 2 ** 30);
  for (const part of parts) if (part.kind === 'copied') expect(sizeOf(part)).toBeGreaterThanOrEqual(5 * MiB);
};

describe('the parts of an object that is composed', () => {
  test.each<[string, PieceSize[]]>([
    ['of nothing', []],
    ['of one small piece', [stored(3)]],
    ['of a head and one large piece', [inMemory(100_000), stored(80 * MiB)]],
    ['of a large head', [inMemory(37 * MiB), stored(80 * MiB)]],
    ['of a piece that lacks a byte', [stored(5 * MiB - 1), stored(5 * MiB), stored(5 * MiB - 1)]],
    ['of empty pieces', [stored(0), inMemory(0), stored(9 * MiB), stored(0)]],
    ['of a piece of 12 GiB', [inMemory(9), stored(12 * 2 ** 30)]],
    ['of many small pieces', Array.from({ length: 3_600 }, () => stored(300_000))],
  ])('%s', (_, pieces) => {
    isLegal(pieces, composedParts(pieces));
  });

  test('are never more than S3 takes', () => {
    const pieces = Array.from({ length: 12_000 }, () => stored(10 * MiB + 7));
    isLegal(pieces, composedParts(pieces));
  });

  test('move less than a hundredth of an hour of video with its sound', () => {
    const pieces = [inMemory(1.2e6), ...Array.from({ length: 120 }, () => stored(8e6)), stored(58e6)];
    const parts = composedParts(pieces);
    isLegal(pieces, parts);
    const total = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(moved(parts) / total).toBeLessThan(0.01);
  });
});
