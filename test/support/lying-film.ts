/** A film whose header lists key pictures where there are none, though not where the maker of its index looks. */
import { readFile, writeFile } from 'node:fs/promises';
import { ffmpeg, numbering } from './numbered-sources.ts';

export const lying = { square: 8, rate: 10, seconds: 25 } as const;

const group = 10;

/** Every picture carries its number; each is there, whatever the header says. */
export const makeLyingFilm = async (file: string): Promise<void> => {
  const { square, rate, seconds } = lying;
  const picture = `testsrc2=s=160x90:r=${rate}:d=${seconds},${numbering(square)},format=yuv420p`;
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', `${group}`, '-sc_threshold', '0', '-bf', '0'];
  await ffmpeg(['-f', 'lavfi', '-i', picture, ...codec, file]);
  const bytes = await readFile(file);
  const at = bytes.indexOf('stss') + 8;
  const keys = bytes.readUInt32BE(at);
  // Five are looked at, evenly spread (core/media/mp4/track-index.ts).
  const lookedAt = new Set([0, 1, 2, 3, 4].map((n) => Math.round((n * (keys - 1)) / 4)));
  for (let n = 0; n < keys; n += 1) {
    const entry = at + 4 + 4 * n;
    if (!lookedAt.has(n)) bytes.writeUInt32BE(bytes.readUInt32BE(entry) - group / 2, entry);
  }
  await writeFile(file, bytes);
};
