/** Real files from public repositories, beside the repository and never in it. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const folder = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

const Entry = z.object({
  kind: z.enum(['valid', 'malformed']),
  file: z.string(),
  exercises: z.string(),
  expect: z.string(),
});
export type CorpusEntry = z.output<typeof Entry>;

export const hasCorpus = existsSync(`${folder}manifest.json`);
export const skipReason = 'the corpus (../shared/corpus) is not here';

/** What should become of a file: `complete`, or `reject:` and where. Empty where there is no corpus. */
export const corpus: readonly CorpusEntry[] = hasCorpus
  ? z.array(Entry).parse(JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')))
  : [];

/** Copied and not linked: nothing of ours ever touches the corpus. */
export const copyFromCorpus = ({ kind, file }: Pick<CorpusEntry, 'kind' | 'file'>, to: string): void =>
  copyFileSync(`${folder}${kind}/${file}`, to);

/** The file itself, for those who only read it. */
export const corpusFile = ({ kind, file }: Pick<CorpusEntry, 'kind' | 'file'>): string => `${folder}${kind}/${file}`;
