/** The templates that ship with every deployment, by name. A test compares this list with the folder. */
import { adVariants } from './ad-variants.ts';
import { convert } from './convert.ts';
import { extractAudio } from './extract-audio.ts';
import { importMedia } from './import.ts';
import type { AnyTemplate } from './template.ts';
import { vod } from './vod.ts';
import { watermark } from './watermark.ts';

export const builtIns: readonly AnyTemplate[] = [adVariants, convert, extractAudio, importMedia, vod, watermark];

/** Undefined where none of that name ships. */
export const builtInNamed = (name: string): AnyTemplate | undefined =>
  builtIns.find((template) => template.name === name);
