/** Which films are made by joining clips that are made once, however many films use them. */
import type { Branch, Join, Recipe, Source } from '../ffmpeg/recipe.ts';
import type { Name } from '../job/values.ts';

type Hash = (text: string) => string;

const joinIn = (recipe: Recipe): Join | undefined => (recipe.kind === 'branch' ? recipe.join : undefined);

/** The same pictures and sound, made in the same way, have the same name. */
const partName = (part: Branch, hash: Hash): Name => {
  const { picture, sound, encode, source, expects } = part;
  const clips = source.sequence?.clips.map((clip) => [
    clip.source.from,
    clip.source.video?.index,
    clip.source.audio?.index,
    clip.window,
    clip.seconds,
  ]);
  // Overlays are told apart by their files, not by all that is known of them.
  const plain = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'probe' in value && 'from' in value ? value.from : value;
  const what = JSON.stringify([clips, source.sequence?.shape, picture, sound, encode, expects], plain);
  return `part-${hash(what).slice(0, 16)}`;
};

const asPart = (part: Branch, name: Name): Branch => {
  const file = `${name}${part.file}`;
  return { ...part, output: name, file, source: { ...part.source, from: { output: name, file } } };
};

/** The parts as one source. */
const joinedSource = (source: Source, parts: readonly Branch[]): Source => {
  const joined = parts.map((part) => ({ from: part.source.from, seconds: part.source.seconds ?? 0 }));
  const { sequence: _sequence, ...rest } = source;
  return { ...rest, from: joined[0]?.from ?? source.from, joined };
};

/**
 * Joins where at least one clip of a film is used again, in it or in another: it is then encoded once. A film whose clips
 * are its own is better made in one go: the encoder sees all of it, nothing is written twice, and one process does it.
 */
export const withJoins = (recipes: ReadonlyMap<Name, Recipe>, hash: Hash): Map<Name, Recipe> => {
  const named = new Map<Name, readonly (readonly [Name, Branch])[]>();
  const uses = new Map<Name, number>();
  for (const [output, recipe] of recipes) {
    const parts = joinIn(recipe)?.parts.map((part) => [partName(part, hash), part] as const);
    if (!parts) continue;
    named.set(output, parts);
    for (const [name] of parts) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const all = new Map<Name, Recipe>();
  for (const [output, recipe] of recipes) {
    const join = joinIn(recipe);
    const parts = named.get(output) ?? [];
    if (!join || !parts.some(([name]) => (uses.get(name) ?? 0) > 1)) {
      all.set(output, recipe);
      continue;
    }
    const made = parts.map(([name, part]) => asPart(part, name));
    for (const part of made) all.set(part.output, part);
    const { join: _join, ...rest } = recipe as Branch & Recipe; // true: only branches have a join
    const whole: Branch = { ...join.whole, source: joinedSource(join.whole.source, made) };
    const { picture: _picture, sound: _sound, ...kept } = rest;
    all.set(output, { ...kept, ...whole });
  }
  return all;
};
