/**
 * Words that a user may choose freely never reach a command. Names of outputs do, as names of files behind `file:`: they
 * are letters, digits, `-` and `_`.
 */
import { expect, test } from 'vitest';
import { commandsOf } from '#core/job/plan.ts';
import { planOf } from '#test/support/plans.ts';
import { aCaptionProbe, aPictureProbe, aProbe } from '#test/support/probes.ts';

/** A word for each place, which is found again wherever it comes out. */
const free = (place: string): string => `zq9-${place}`;

test('no word that a user may choose freely is in an argument', () => {
  const probes = { [free('film')]: aProbe(), [free('logo')]: aPictureProbe(), [free('words')]: aCaptionProbe() };
  const from = free('film');
  const outputs = {
    video: {
      type: 'video',
      from,
      label: free('label'),
      path: `${free('path')}/{output}.mp4`,
      edit: [
        { text: { value: `${free('text')}' , movie=/etc/passwd` } },
        { overlay: { image: free('logo') } },
        { captions: { from: free('words'), burn: true } },
      ],
    },
    clips: { type: 'clips', from, by: { list: [{ start: 1, end: 2, name: free('clip') }] } },
    stream: { type: 'stream', from },
    still: { type: 'image', from },
    sound: { type: 'audio', from, path: free('sound.mp3'), encode: 'mp3' },
  };
  const rest = {
    name: free('name'),
    labels: { [free('key')]: free('value') },
    metadata: { [free('note')]: free('note') },
  };
  const { tasks } = planOf(outputs, probes, { rest });
  const commands = tasks.flatMap(commandsOf);
  expect(commands.length).toBeGreaterThan(1);
  for (const command of commands) expect(command.arguments.join('\n')).not.toContain('zq9');
});
