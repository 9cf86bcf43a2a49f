/** Clips of a wanted size. Each is another file to a store, because its first picture has a number of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Noise cannot be compressed, so the file is full after some seconds whatever its size. */
const make = async (ffmpeg: string, file: string, megabytes: number): Promise<void> => {
  const source = 'testsrc2=size=1280x720:rate=30,noise=alls=60:allf=t,format=yuv420p';
  const words = ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', source];
  const size = String(Math.round(megabytes * 1_000_000));
  const child = spawn(
    ffmpeg,
    [...words, '-c:v', 'mpeg4', '-b:v', '30M', '-fs', size, '-t', '600', '-f', 'mpegts', file],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`FFmpeg ended with exit code ${code}.`);
};

/** A null packet of a transport stream (ISO/IEC 13818-1, 2.4.1): decoders skip it, whatever it says. */
const nullPacket = (n: number): Buffer => {
  const packet = Buffer.alloc(188, 0xff);
  packet.set([0x47, 0x1f, 0xff, 0x10]);
  packet.writeDoubleBE(n, 4);
  return packet;
};

/** Makes one clip; each call of what it resolves to answers with the path of a copy that differs. */
export const clipsOf = async (ffmpeg: string, folder: string, megabytes: number): Promise<() => Promise<string>> => {
  const first = join(folder, 'clip.ts');
  await make(ffmpeg, first, megabytes);
  let made = 0;
  return async () => {
    made += 1;
    const file = join(folder, `clip-${made}.ts`);
    await copyFile(first, file);
    const handle = await open(file, 'a');
    try {
      await handle.write(nullPacket(Date.now() + made / 1e6));
    } finally {
      await handle.close();
    }
    return file;
  };
};
