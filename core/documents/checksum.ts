import { Failure } from '../failures.ts';
import type { MakeDocument } from './define-document.ts';

/** The line that `sha256sum` prints, so that `sha256sum -c` checks it. */
export const checksum: MakeDocument<'checksum'> = async ({ of, name }, files) => {
  const measured = await files.measure(of);
  if (!measured) throw new Failure('platform.internal', { detail: 'The file to be summed is not there.' });
  return `${measured.sha256}  ${name}\n`;
};
