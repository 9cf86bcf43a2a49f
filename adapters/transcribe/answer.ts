/** What Transcribe writes: https://docs.aws.amazon.com/transcribe/latest/dg/how-input.html#how-output */
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { Heard, Word } from '#core/media/transcript.ts';

const Item = z.object({
  type: z.enum(['pronunciation', 'punctuation']),
  start_time: z.coerce.number().optional(),
  end_time: z.coerce.number().optional(),
  alternatives: z.array(z.object({ content: z.string(), confidence: z.coerce.number().optional() })).min(1),
});
const Answer = z.object({
  results: z.object({ language_code: z.string().optional(), items: z.array(Item) }),
});

/** Punctuation belongs to the word before it. */
const wordsOf = (items: readonly z.output<typeof Item>[]): Word[] => {
  const words: Word[] = [];
  for (const { type, start_time: start, end_time: end, alternatives } of items) {
    const [best] = alternatives;
    const last = words.at(-1);
    if (!best) continue;
    if (type === 'punctuation' && last) words[words.length - 1] = { ...last, text: last.text + best.content };
    else if (start !== undefined && end !== undefined)
      words.push({ text: best.content, start, end, confidence: best.confidence ?? null });
  }
  return words;
};

/** Fails with `provider.recognition` where it is nothing of the kind. */
export const heardIn = (body: Uint8Array): Pick<Heard, 'language' | 'words'> => {
  try {
    const { results } = Answer.parse(JSON.parse(new TextDecoder().decode(body)));
    return { language: results.language_code ?? null, words: wordsOf(results.items) };
  } catch (error) {
    throw new Failure('provider.recognition', { detail: 'Transcribe answered with no transcript.' }, { cause: error });
  }
};
