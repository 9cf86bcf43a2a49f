import { createHmac } from 'node:crypto';
import type { SecretOf, Signer } from '#core/ports/signer.ts';

/** `readKey` is asked once, and again after it failed. Who changes the key changes every secret. */
export const derivedSigner = (readKey: () => Promise<string | Uint8Array>): Signer => {
  let key: Promise<string | Uint8Array> | undefined;
  const bytesOf = async ({ owner, webhook, generation }: SecretOf): Promise<Buffer> => {
    key ??= readKey();
    const known = await key.catch((error: unknown) => {
      key = undefined;
      throw error;
    });
    return createHmac('sha256', known).update(`webhook secret/${owner}/${webhook}/${generation}`).digest();
  };
  return {
    secret: async (of) => `whsec_${(await bytesOf(of)).toString('base64')}`,
    sign: async (of, text) =>
      createHmac('sha256', await bytesOf(of))
        .update(text)
        .digest('base64'),
  };
};
