/** Whether the runner's image can be built here. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Architecture } from '#layers/ffmpeg/builds.ts';
import type { Problem } from './problem.ts';

const patienceMs = 30_000;

/** `engine` is what the CDK calls: CDK_DOCKER, else docker. */
export const checkDocker = async (engine: string): Promise<readonly Problem[]> => {
  try {
    await promisify(execFile)(engine, ['info'], { timeout: patienceMs, maxBuffer: 2 ** 24 });
    return [];
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'; // true: execFile's errors have a code
    return [
      {
        what: isMissing
          ? `There is no ${engine}: the image that FFmpeg runs in is built on this machine.`
          : `${engine} is there and does not answer.`,
        mend: isMissing
          ? 'Install Docker (https://docs.docker.com/get-docker/), or set CDK_DOCKER to finch or podman.'
          : `Start it: \`${engine} info\` must work for you.`,
      },
    ];
  }
};

/** What to expect of an image for processors that this machine has not; undefined where it has them. */
export const emulationNote = (wanted: Architecture, here: string): string | undefined => {
  const own = here === 'arm64' ? 'arm64' : 'x86_64';
  return own === wanted
    ? undefined
    : `The image is for ${wanted} and this machine is ${own}: it is built under emulation (Docker Desktop has it; on Linux install qemu-user-static).`;
};
