/** The templates that ship with every deployment. A test compares this list with the folder. */
import { convert } from './convert.ts';
import { extractAudio } from './extract-audio.ts';
import type { Template } from './template.ts';
import { watermark } from './watermark.ts';

export const templates: readonly Template[] = [convert, extractAudio, watermark];

export const templateNamed = (name: string): Template | undefined =>
  templates.find((template) => template.name === name);
