/** Where in a JSON text the value lies that a JSON pointer names (RFC 6901). */

export interface Place {
  readonly offset: number;
  /** From 1. */
  readonly line: number;
}

const tokensOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A key or a value that is no structure, and the punctuation between: enough to walk through valid JSON. */
const lexeme = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

type Frame = { readonly kind: 'object' | 'array'; key: string; index: number; expectsKey: boolean };

/** Undefined where the text is no JSON or has no such value; of a missing field the place of what it is missing in. */
export const locate = (text: string, pointer: string): Place | undefined => {
  const wanted = tokensOf(pointer);
  const frames: Frame[] = [];
  let best: { depth: number; offset: number } | undefined;
  const see = (offset: number): void => {
    const at = frames.map((frame) => (frame.kind === 'object' ? frame.key : String(frame.index)));
    const matches = at.length <= wanted.length && at.every((token, n) => token === wanted[n]);
    if (matches && at.length >= (best?.depth ?? 0)) best = { depth: at.length, offset };
  };
  for (const { 0: word, index } of text.matchAll(lexeme)) {
    const frame = frames.at(-1);
    if (word === '}' || word === ']') frames.pop();
    else if (word === ',') {
      if (frame?.kind === 'object') frame.expectsKey = true;
      else if (frame) frame.index += 1;
    } else if (frame?.kind === 'object' && frame.expectsKey) {
      frame.key = word.startsWith('"') ? String(JSON.parse(word)) : word;
      frame.expectsKey = false;
    } else if (word !== ':') {
      see(index);
      if (word === '{') frames.push({ kind: 'object', key: '', index: 0, expectsKey: true });
      if (word === '[') frames.push({ kind: 'array', key: '', index: 0, expectsKey: false });
    }
  }
  return best && { offset: best.offset, line: text.slice(0, best.offset).split('\n').length };
};
