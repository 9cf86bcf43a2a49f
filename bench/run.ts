/** One door to all benchmarks: `npm run bench -- <name> [<rounds>]`. Without a name it tells which there are. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const benches = {
  overhead: 'what Kinoduct costs beside FFmpeg: CPU, wall time, memory, time to start (2 min)',
  'one-decode': 'one process for many outputs against one for each (3 min)',
  'fan-out': 'a film in pieces against one FFmpeg, and against the usual recipes (4 min)',
  growth: 'how the time grows with the length of a film, from 1 minute to 10 hours (4 min)',
  reuse: 'the same job again, and with one output changed (2 min)',
  cost: 'dollars for a minute of film, by what is made and where, beside MediaConvert (seconds)',
  plans: 'how long a plan of ten items takes (seconds)',
  variants: 'every combination of some clips against film by film (5 min)',
  image: 'how large the image of the runner is, and how soon it answers; needs Docker and root (3 min)',
  attested: 'what is attested of films in pieces, over every kind of source (10 min)',
} as const;

const [name = '--help', ...rest] = process.argv.slice(2);
if (Object.hasOwn(benches, name)) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...rest], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else {
  if (name !== '--help') console.error(`There is no benchmark "${name}".\n`);
  const lines = Object.entries(benches).map(([each, what]) => `  ${each.padEnd(11)} ${what}`);
  console.log(
    [
      'npm run bench -- <name> [<rounds>]',
      '',
      ...lines,
      '',
      'Each measures ratios in one run and writes its raw numbers, a table and a plot to bench/results/. Times are of a',
      'machine with 2 processors that does nothing else. It ends with 1 where a target is missed.',
    ].join('\n'),
  );
  if (name !== '--help') process.exitCode = 2;
}
