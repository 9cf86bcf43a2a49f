/** The generated pages of `docs/reference/`, as texts. */
import { failures } from '#core/failures.ts';
import { openapiDocument } from '#functions/api/openapi.ts';
import { routes } from '#functions/api/routes/index.ts';
import packageJson from '../package.json' with { type: 'json' };

const failuresPage = (): string => {
  const rows = Object.entries(failures).map(
    ([code, { status, retryable, title, remedy }]) =>
      `### \`${code}\`\n\n${title}. HTTP ${status}${retryable ? ', worth a retry' : ''}.\n\n${remedy}\n`,
  );
  return `# Failures

Generated from \`core/failures.ts\` by \`npm run reference\`. Every error of the API carries one of these codes, and so
does the \`error\` of a job that failed. Compare codes; the texts may change.

${rows.join('\n')}`;
};

/** Paths are from the top of the repository. */
export const references = (): readonly { file: string; text: string }[] => [
  {
    file: 'docs/reference/openapi.json',
    text: `${JSON.stringify(openapiDocument(routes, packageJson.version), null, 2)}\n`,
  },
  { file: 'docs/reference/failures.md', text: failuresPage() },
];
