/** `"{{name}}"` in the texts of a template. */
import type * as z from 'zod';
import type { Values } from './parameters.ts';

type Json = z.output<ReturnType<typeof z.json>>;

const anywhere = /\{\{\s*([^{}]*?)\s*\}\}/g;
const wholeText = /^\{\{\s*([^{}]*?)\s*\}\}$/;

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

const fillText = (text: string, values: Values): Json => {
  const whole = wholeText.exec(text)?.[1];
  if (whole !== undefined && Object.hasOwn(values, whole)) return values[whole] ?? null;
  return text.replace(anywhere, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? textOf(values[name] ?? null) : placeholder,
  );
};

/**
 * The JSON with every placeholder replaced, once: what a value says is never filled again. A text that is nothing but a
 * placeholder becomes the value itself, whatever its type.
 */
export const fill = (json: Json, values: Values): Json => {
  if (typeof json === 'string') return fillText(json, values);
  if (Array.isArray(json)) return json.map((item) => fill(item, values));
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, fill(value, values)]));
};

export interface Placeholder {
  readonly name: string;
  /** Of the text that it stands in, as a JSON pointer. */
  readonly pointer: string;
  /** True where the text is nothing else. */
  readonly isWhole: boolean;
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Every placeholder of the JSON that lies at `pointer`. */
export const placeholdersIn = (json: unknown, pointer = ''): Placeholder[] => {
  if (typeof json === 'string') {
    const isWhole = wholeText.test(json);
    return [...json.matchAll(anywhere)].map(([, name = '']) => ({ name, pointer, isWhole }));
  }
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) => placeholdersIn(value, `${pointer}/${escaped(key)}`));
};
