/** The arguments that open one file for reading: hardened, and only the seconds that are wanted. */
import { fileArgument, inputFlags, joinFlags } from './hardened.ts';
import type { Window } from './recipe.ts';

/** No clip of ours is longer. */
const maxSeconds = 36_000;

export const readArguments = (file: string, window: Window): string[] => [
  ...inputFlags(),
  ...(window.start > 0 ? ['-ss', String(window.start)] : []),
  ...['-t', String(window.trimmed && window.seconds !== null ? window.seconds : maxSeconds)],
  ...['-i', fileArgument(file)],
];

/** Opens a list of files that we made ourselves, as one file. */
export const joinArguments = (list: string): string[] => [...joinFlags(), '-i', fileArgument(list)];
