/** The log of every host: one JSON object a line. */
import type { Log } from '#core/ports/log.ts';

const maxFieldLength = 1000;

/** Control and bidirectional characters: JSON escapes some of them, and a terminal obeys the rest. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * What may be a permission: the query of an address (whoever has a signed one may do what it says), credentials in an
 * address, tokens, and the secrets of webhooks. Nobody should log them; if somebody does, they are cut out here.
 */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>?#]*)[?#][^\s"'<>]*/gi, '$1?…'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s"'<>/?#@]+@/gi, '$1…@'],
  [/\b(Bearer|Basic|Client-ID) +[\w.~+/=-]+/gi, '$1 …'],
  [/\bwhsec_[\w+/=-]+/g, 'whsec_…'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '…'],
  [/\b(X-Amz-(?:Signature|Credential|Security-Token)|signature|access_token|refresh_token|token)=[^\s&"']+/gi, '$1=…'],
];

const withoutSecrets = (text: string): string =>
  secrets.reduce((told, [secret, instead]) => told.replaceAll(secret, instead), text);

const plain = (value: string, maxLength = maxFieldLength): string =>
  // What is longer is cut before it is searched, and a little later than it is shown, so that no part of a secret stays.
  withoutSecrets(value.slice(0, 4 * maxLength).replaceAll(unprintable, ' ')).slice(0, maxLength);

const asField = (_key: string, value: unknown): unknown => {
  if (typeof value === 'string') return plain(value);
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return {
    name,
    message: plain(message),
    stack: stack
      ?.split('\n')
      .slice(1)
      .map((line) => line.trim()),
    cause,
  };
};

export interface JsonLogOptions {
  readonly now?: () => number;
  /** Fields of every line, asked for each: what the work of this moment belongs to. */
  readonly context?: () => Readonly<Record<string, string>>;
}

/** `write` gets each line with its line feed. */
export const jsonLog = (
  write: (line: string) => unknown,
  { now = Date.now, context = () => ({}) }: JsonLogOptions = {},
): Log => {
  const at =
    (level: keyof Log): Log['info'] =>
    (message, fields = {}) => {
      const time = new Date(now()).toISOString();
      write(`${JSON.stringify({ time, level, message, ...context(), ...fields }, asField)}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
};
