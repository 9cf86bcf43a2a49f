/** ULIDs that are made out of others, so that doing the same again gives the same id. */

const base32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Crockford's base 32, as ULIDs have it. */
const encoded = (value: bigint, letters: number): string =>
  Array.from({ length: letters }, (_, n) => base32[Number((value >> BigInt(5 * (letters - 1 - n))) & 31n)]).join('');

/** A ULID of milliseconds since the epoch and the low 80 bits of `random`. */
export const ulidOf = (ms: number, random: bigint): string => encoded(BigInt(ms), 10) + encoded(random, 16);

/** The random part of an id, 80 bits. */
export const randomPart = (id: string): bigint =>
  [...id.slice(-16)].reduce((sum, letter) => sum * 32n + BigInt(base32.indexOf(letter)), 0n);
