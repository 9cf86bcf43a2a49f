/** The log of every host: one JSON object a line. */
import type { Log } from '#core/ports/log.ts';

const maxFieldLength = 1000;

/** Control and bidirectional characters: JSON escapes some of them, and a terminal obeys the rest. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const plain = (value: string, maxLength = maxFieldLength): string =>
  value.replaceAll(unprintable, ' ').slice(0, maxLength);

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

/** `write` gets each line with its line feed. */
export const jsonLog = (write: (line: string) => unknown, now: () => number = Date.now): Log => {
  const at =
    (level: keyof Log): Log['info'] =>
    (message, fields = {}) => {
      write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields }, asField)}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
};
