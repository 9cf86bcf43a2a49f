/** The output kinds that this build can plan. A test compares this list with the folder. */
import type { Recipe } from '../ffmpeg/recipe.ts';
import type { CanonicalOutput } from '../job/canonical.ts';
import type { OutputKind, OutputObject } from '../job/outputs.ts';
import { audio } from './audio.ts';
import { captions } from './captions.ts';
import { checksum } from './checksum.ts';
import { clips } from './clips.ts';
import { copy } from './copy.ts';
import type { OutputDefinition, PlanContext } from './define-output.ts';
import { image } from './image.ts';
import { images } from './images.ts';
import { labels } from './labels.ts';
import { moderation } from './moderation.ts';
import { preview } from './preview.ts';
import { probe } from './probe.ts';
import { shaped } from './shape.ts';
import { sprite } from './sprite.ts';
import { stream } from './stream.ts';
import { transcript } from './transcript.ts';
import { video } from './video.ts';
import { waveform } from './waveform.ts';

// Widened to any kind: a definition is only ever called with outputs of its own kind, which `type` tells.
export const outputDefinitions = [
  video,
  stream,
  audio,
  image,
  images,
  sprite,
  preview,
  clips,
  captions,
  waveform,
  labels,
  moderation,
  transcript,
  probe,
  copy,
  checksum,
] as unknown as readonly OutputDefinition[];

const byKind = new Map<OutputKind, OutputDefinition>(
  outputDefinitions.map((definition) => [definition.type, definition]),
);

/** One sentence on what of an output this build cannot do; undefined where all is well. */
export const unsupportedIn = (output: OutputObject): string | undefined =>
  byKind.get(output.type)?.unsupported?.(output);

/** How one output is made. The output has passed `unsupportedIn`. */
export const recipeOf = (output: CanonicalOutput, context: Omit<PlanContext, 'output'>): Recipe => {
  const definition = byKind.get(output.type);
  if (!definition) throw new TypeError(`no plan for ${output.type}: a test makes sure that every kind has one`);
  const moves = output.type === 'video' || output.type === 'stream';
  const source = moves ? shaped(context.source, output) : context.source;
  return definition.plan({ ...context, source, output });
};
