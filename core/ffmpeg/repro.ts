/** A command line that does on the user's machine what failed here. */
import type { Command, MakeTask } from '../job/plan.ts';
import { fileArgument } from './hardened.ts';

type Read = MakeTask['reads'][number];

/** For any POSIX shell: nothing in it is expanded. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

const subject = ({ from }: Read): string => ('input' in from ? from.input : `${from.output}/${from.file}`);
/** Names of ours hold letters, digits, "-" and "_"; shells allow no "-". */
const variable = (read: Read): string => `file_${subject(read).replaceAll(/\W/g, '_')}`;

/** Progress goes to a descriptor that no terminal opens, so FFmpeg would refuse to start. */
const withoutProgress = (words: readonly string[]): string[] =>
  words.filter((word, n) => word !== '-progress' && words[n - 1] !== '-progress');

/**
 * Commands to paste: one variable for each file that the task read, to be set to the user's own file, then FFmpeg with
 * the identical arguments, each run after the one before it has succeeded.
 */
export const reproOf = (commands: readonly Pick<Command, 'arguments'>[], reads: readonly Read[]): string => {
  const word = (argument: string): string => {
    const read = reads.find(({ file }) => argument === fileArgument(file));
    return read ? `"file:$${variable(read)}"` : quoted(argument);
  };
  const lines = commands.map(({ arguments: words }) => ['ffmpeg', ...withoutProgress(words).map(word)].join(' '));
  return [...reads.map((read) => `${variable(read)}=${quoted(`path/to/${subject(read)}`)}`), lines.join(' && ')].join(
    '\n',
  );
};
