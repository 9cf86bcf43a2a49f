/** What the names of a job stand for while it is planned: fetched inputs, and outputs that will be. */
import { Failure } from '../failures.ts';
import type { Recipe, Source } from '../ffmpeg/recipe.ts';
import type { InputObject } from '../job/inputs.ts';
import type { Name } from '../job/values.ts';
import type { Probe } from '../media/probe.ts';

const track = <T>(tracks: readonly T[], wanted: number | undefined, name: Name, kind: string): T | undefined => {
  if (wanted !== undefined && wanted >= tracks.length) {
    throw new Failure('spec.invalid', {
      detail: `"${name}" has ${tracks.length} ${kind} tracks, counted from 0; there is no ${kind} track ${wanted}.`,
    });
  }
  return tracks[wanted ?? 0];
};

/** The longest of the chosen tracks; what else is in the container does not count. */
const secondsOf = (
  probe: Probe,
  tracks: readonly ({ durationSeconds: number | null } | undefined)[],
): number | null => {
  const known = tracks.map((chosen) => chosen?.durationSeconds ?? null).filter((seconds) => seconds !== null);
  return known.length > 0 ? Math.max(...known) : probe.durationSeconds;
};

export const inputSource = (name: Name, input: InputObject, probe: Probe): Source => {
  const video = track(probe.video, input.videoTrack, name, 'picture');
  const audio = track(probe.audio, input.audioTrack, name, 'sound');
  const whole = secondsOf(probe, [video, audio]);
  const start = input.start ?? 0;
  const end = input.end ?? whole;
  if (end !== null && start >= end) {
    throw new Failure('spec.invalid', {
      detail: `"start" of "${name}" (${start} s) must lie before its end (${end.toFixed(2)} s).`,
    });
  }
  const seconds = whole === null && end === null ? null : Math.min(whole ?? Infinity, end ?? Infinity) - start;
  const cut = input.start !== undefined || input.end !== undefined;
  return { name, from: { input: name }, probe, video, audio, start, seconds, ...(cut && { cut }) };
};

/** The file that outputs which are made from this one read. */
const mainFile = (recipe: Exclude<Recipe, { kind: 'skip' }>): string => {
  if (recipe.main !== undefined) return recipe.main;
  if (recipe.kind === 'bundle') return recipe.branches[0]?.file ?? recipe.output;
  return recipe.kind === 'solo' ? (recipe.writes[0]?.file ?? recipe.output) : recipe.file;
};

/** An output as the source of another one; undefined where its kind makes nothing that can be read on. */
export const outputSource = (recipe: Exclude<Recipe, { kind: 'skip' }>): Source | undefined => {
  const probe = recipe.produces;
  if (!probe) return undefined;
  const [video, audio] = [probe.video[0], probe.audio[0]];
  const name = recipe.output;
  return {
    name,
    from: { output: name, file: mainFile(recipe) },
    probe,
    video,
    audio,
    start: 0,
    seconds: secondsOf(probe, [video, audio]),
  };
};
