/** Records as text, as a real store keeps them: no caller shares an object with the store, and nothing unstorable gets in. */
import type * as z from 'zod';

export interface Documents<T> {
  get(id: string): T | undefined;
  set(id: string, record: T): void;
  delete(id: string): void;
  all(): T[];
}

export const documents = <T>(schema: z.ZodType<T>): Documents<T> => {
  const texts = new Map<string, string>();
  const parse = (text: string): T => schema.parse(JSON.parse(text));
  return {
    get: (id) => {
      const text = texts.get(id);
      return text === undefined ? undefined : parse(text);
    },
    set: (id, record) => void texts.set(id, JSON.stringify(schema.parse(record))),
    delete: (id) => void texts.delete(id),
    all: () => [...texts.values()].map(parse),
  };
};
