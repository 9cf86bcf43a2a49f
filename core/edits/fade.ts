import { Failure } from '../failures.ts';
import { seconds as text } from '../ffmpeg/numbers.ts';
import { defineEdit, type EditContext } from './define-edit.ts';

/** How long a track is within the window, as it arrives at the edit; null where that is not known. */
const lasting = (
  { window, seconds, tempo }: EditContext<'fade'>,
  track: { readonly durationSeconds: number | null } | undefined,
): number | null => {
  const ends = track?.durationSeconds ?? null;
  if (ends === null) return seconds;
  return Math.min(seconds ?? Infinity, (ends - window.start) / tempo.before);
};

const filters = (name: 'fade' | 'afade', context: EditContext<'fade'>, length: number | null): string[] => {
  const { edit, inOutput } = context;
  const fade = (type: 'in' | 'out', start: number, lasts: number): string =>
    `${name}=t=${type}:st=${text(inOutput(start))}:d=${text(inOutput(lasts))}`;
  const out = Math.min(edit.out ?? 0, length ?? 0);
  return [
    ...(edit.in ? [fade('in', 0, edit.in)] : []),
    ...(out > 0 && length !== null ? [fade('out', length - out, out)] : []),
  ];
};

export const fade = defineEdit({
  kind: 'fade',
  summary: 'Picture and sound come out of black and silence, and end in them.',
  examples: [
    { title: 'Half a second at both ends', edit: { in: 0.5, out: 0.5 } },
    { title: 'Only at the end', edit: { out: 1 } },
  ],
  plan: (context) => {
    const { edit, source } = context;
    const [picture, sound] = [lasting(context, source.video), lasting(context, source.audio)];
    if (edit.out && picture === null) {
      throw new Failure('spec.invalid', {
        detail: `How long "${source.name}" is cannot be told from the file, so it has no end to fade out at: set "end".`,
      });
    }
    return { links: filters('fade', context, picture), sound: filters('afade', context, sound) };
  },
});
