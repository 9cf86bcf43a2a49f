/** Writes what is generated from the code. `test/unit/api-reference.test.ts` fails when it is stale. */
import { writeFile } from 'node:fs/promises';
import { references } from './references.ts';

for (const { file, text } of references()) {
  await writeFile(file, text);
  console.log(`wrote ${file}`);
}
