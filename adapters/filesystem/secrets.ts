/** Secrets as files of one folder, each readable by its owner only, as ssh wants its keys. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '#core/failures.ts';
import { SecretRef } from '#core/job/values.ts';
import type { Secrets } from '#core/ports/secrets.ts';
import { errorCode, orAbsent } from './layout.ts';

/** As much as Secrets Manager holds. */
const maxBytes = 65_536;

const unknown = (name: string, detail: string): never => {
  throw new Failure('spec.unknown_reference', { detail: `The secret "${name}" ${detail}` });
};

/**
 * A secret lies in the file of its name, with `/` written as `%2F`; a line break at its end is not part of it. Made for
 * instance by `install -m 600 /dev/stdin .kinoduct/secrets/drive`.
 */
export const folderSecrets = ({ folder }: { folder: string }): Secrets => ({
  read: async (name) => {
    if (!SecretRef.safeParse(name).success) return unknown('?', 'has a name that no secret can have.');
    const file = path.join(folder, encodeURIComponent(name)); // begins with a letter or a digit, and holds no "/"
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await orAbsent(open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)).catch((error: unknown) => {
      if (errorCode(error) === 'ENAMETOOLONG') return undefined;
      if (['ELOOP', 'EMLINK', 'ENXIO', 'EACCES'].includes(errorCode(error) ?? ''))
        return unknown(name, 'is not read: it is no plain file that this program may read.');
      throw error;
    });
    if (!handle) return unknown(name, 'does not exist here.');
    try {
      const found = await handle.stat();
      if (!found.isFile()) return unknown(name, 'is not read: it is no plain file.');
      if ((found.mode & 0o077) !== 0)
        return unknown(name, 'is not read: others may read or change its file. Set its mode to 0600.');
      if (found.size > maxBytes) return unknown(name, `is not read: it has more than ${maxBytes} bytes.`);
      return (await handle.readFile('utf8')).replace(/\r?\n$/, '');
    } finally {
      await handle.close();
    }
  },
});
