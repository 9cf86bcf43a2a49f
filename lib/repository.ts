import { fileURLToPath } from 'node:url';

/** The absolute path of a file of this repository, wherever the command was started. */
export const repository = (path = ''): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
