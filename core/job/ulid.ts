/** ULIDs that are made out of others, so that doing the same again gives the same id. */

const base32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Crockford's base 32, as ULIDs have it. */
const encoded = (value: bigint, letters: number): string =>
  Array.from({ length: letters }, (_, n) => base32[Number((value >> BigInt(5 * (letters - 1 - n))) & 31n)]).join('');

/** A ULID of milliseconds since the epoch and the low 80 bits of `random`. */
export const ulidOf = (ms: number, random: bigint): string => encoded(BigInt(ms), 10) + encoded(random, 16);

const valueOf = (letters: string): bigint =>
  [...letters].reduce((sum, letter) => sum * 32n + BigInt(base32.indexOf(letter)), 0n);

/** When an id was made, in milliseconds since the epoch. */
export const ulidTime = (id: string): number => Number(valueOf(id.slice(-26, -16)));

/** The random part of an id, 80 bits. */
export const randomPart = (id: string): bigint => valueOf(id.slice(-16));
