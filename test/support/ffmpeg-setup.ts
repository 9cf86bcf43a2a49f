/** Before any test: FFmpeg is found, or brought to the machine, and stands on the PATH of every test. */
import { delimiter, dirname, join } from 'node:path';
import { locateFfmpeg } from '#layers/ffmpeg/locate.ts';

export const setup = async (): Promise<void> => {
  const { ffmpeg, source } = await locateFfmpeg({
    cacheDir: join(import.meta.dirname, '../../.cache'),
    env: process.env,
    log: console.log,
    allowInstall: true,
  });
  if (source !== 'PATH') process.env['PATH'] = [dirname(ffmpeg), process.env['PATH']].join(delimiter);
};
