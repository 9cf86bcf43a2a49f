/** What the demo can be told. */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readConfig, type Told } from '#local/config.ts';

export const usage = `Takes a video through upload, job and checked outputs on this machine.

  npm run demo                         with a clip that FFmpeg makes on the spot
  npm run demo -- path/to/video.mov    with a video of yours
  npm run demo -- --keep               leaves the server running until Ctrl-C

  --port <n>       the port to listen on; a free one where it is left out
  --data <folder>  where Kinoduct keeps its data (KINODUCT_DATA; .kinoduct)
  --keep           do not stop the server at the end
  --help           this text

The outputs are saved to kinoduct-demo/ in the current folder.
`;

export interface DemoOptions {
  readonly config: Extract<Told, { config: unknown }>['config'];
  /** The user's file; undefined where the clip is to be made. */
  readonly video: string | undefined;
  readonly keep: boolean;
}

const options = {
  port: { type: 'string', default: '0' },
  data: { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h' },
} as const;

const objectionTo = (file: string): string | undefined => {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return `There is no file ${file}.`;
  if (!found.isFile()) return `${file} is not a file.`;
  return found.size === 0 ? `${file} is empty.` : undefined;
};

export const readDemoOptions = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DemoOptions | Exclude<Told, { config: unknown }> => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    if (values.help) return { help: true };
    const [video, ...more] = positionals;
    if (more.length > 0) return { wrong: 'The demo takes one video.' };
    const objection = video === undefined ? undefined : objectionTo(video);
    if (objection) return { wrong: objection };
    const told = readConfig(['--port', values.port, ...(values.data ? ['--data', values.data] : [])], env);
    return 'config' in told ? { config: told.config, video, keep: values.keep } : told;
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
};
