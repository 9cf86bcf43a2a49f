/** Every option of a deployment as a table, for docs/deploy.md. */
import { deployOptions } from '#lib/options.ts';

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
/** Descriptions name pages as files of the repository; this page lies beside them. */
const linked = (text: string): string => text.replaceAll(/docs\/([\w-]+\.md)/g, '[$1]($1)');
const code = (text: string): string => (text === '' ? '–' : `\`${text}\``);

export const optionsTable = (): string =>
  [
    '| option | may be | default | what it means |',
    '|---|---|---|---|',
    ...deployOptions().map(
      ({ name, values, default: value, description }) =>
        `| \`${name}\` | ${cell(values)} | ${code(value)} | ${linked(cell(description))} |`,
    ),
  ].join('\n');
