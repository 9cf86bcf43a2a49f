/**
 * Writes what is generated from the code: `npm run reference`. `test/unit/api-reference.test.ts`, `test/unit/pages.test.ts`
 * and `test/infra/synth.test.ts` fail when it is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { type Part, withPart } from './marked.ts';
import { parts, partsOfTemplates } from './parts.ts';
import { references } from './references.ts';
import { defaultTemplates } from './templates-of-aws.ts';

const writeParts = async (some: readonly Part[]): Promise<void> => {
  for (const part of some) {
    await writeFile(part.file, withPart(await readFile(part.file, 'utf8'), part));
    console.log(`wrote ${part.name} of ${part.file}`);
  }
};

for (const { file, text } of references()) {
  await writeFile(file, text);
  console.log(`wrote ${file}`);
}
await writeParts(parts());
// Last, because it takes some seconds, and because nothing can be synthesized while a stack is half changed.
await writeParts(partsOfTemplates(await defaultTemplates()));
