/** Passwords as scrypt hashes, each with its own salt and the cost that it was made with. */
import { randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { Failure } from '#core/failures.ts';

/** `N = 2^costBits`. Memory is `128 · N · blockSize` bytes. */
export interface Cost {
  readonly costBits: number;
  readonly blockSize: number;
  readonly parallelism: number;
}

/** 32 MiB and some 0.2 s. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt */
const recommendedCost: Cost = { costBits: 15, blockSize: 8, parallelism: 3 };

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Of an absent hash false, after the same work. */
  matches(password: string, hash: string | null): Promise<boolean>;
}

const hashBytes = 32;
/** Who waits behind more than these is told to come again, so that guessing cannot pile up work. */
const mostWaiting = 20;

const derive: (password: string, salt: Buffer, length: number, options: ScryptOptions) => Promise<Buffer> =
  promisify(scrypt);

const derived = (password: string, salt: Buffer, { costBits, blockSize, parallelism }: Cost): Promise<Buffer> => {
  const N = 2 ** costBits;
  const maxmem = 256 * N * blockSize;
  return derive(password, salt, hashBytes, { N, r: blockSize, p: parallelism, maxmem });
};

const text = ({ costBits, blockSize, parallelism }: Cost, salt: Buffer, hash: Buffer): string =>
  `scrypt$${costBits}$${blockSize}$${parallelism}$${salt.toString('base64url')}$${hash.toString('base64url')}`;

const parts = (stored: string): { cost: Cost; salt: Buffer; hash: Buffer } => {
  const [, costBits, blockSize, parallelism, salt = '', hash = ''] = stored.split('$');
  return {
    cost: { costBits: Number(costBits), blockSize: Number(blockSize), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  };
};

/** One hash is made at a time: a server that is being guessed at keeps its other processors. */
export const scryptPasswords = (cost: Cost = recommendedCost): Passwords => {
  const oneByOne = pLimit(1);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    if (oneByOne.pendingCount >= mostWaiting) throw new Failure('auth.throttled', { retryAfterSeconds: 5 });
    return oneByOne(work);
  };
  const nobody = text(cost, randomBytes(16), randomBytes(hashBytes));
  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(16);
        return text(cost, salt, await derived(password, salt, cost));
      }),
    matches: (password, stored) =>
      inTurn(async () => {
        const { cost: its, salt, hash } = parts(stored ?? nobody);
        const isSame = timingSafeEqual(hash, await derived(password, salt, its));
        return isSame && stored !== null;
      }),
  };
};
