/** One-time links into the console: what is printed can be clicked, and is worth nothing once it has been. */
import { createHash, randomBytes } from 'node:crypto';

/** More than anybody prints; the oldest gives way, so that asking for links cannot fill the memory. */
const most = 20;

export interface ConsoleLinks {
  /** A code that can be redeemed once, as long as this process lives. */
  make(owner: string): string;
  /** The owner whom the code was made for; undefined the second time, and for what is none of ours. */
  redeem(code: string): string | undefined;
}

const digest = (code: string): string => createHash('sha256').update(code).digest('hex');

/** Codes are kept as their hashes, and looked up by them: how long that takes tells nothing about a code. */
export const consoleLinks = (): ConsoleLinks => {
  const owners = new Map<string, string>();
  return {
    make: (owner) => {
      const code = randomBytes(24).toString('base64url');
      owners.set(digest(code), owner);
      const [oldest] = owners.keys();
      if (owners.size > most && oldest !== undefined) owners.delete(oldest);
      return code;
    },
    redeem: (code) => {
      const key = digest(code);
      const owner = owners.get(key);
      owners.delete(key);
      return owner;
    },
  };
};
