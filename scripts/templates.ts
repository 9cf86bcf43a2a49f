/** The reference page of the templates that ship. */
import * as z from 'zod';
import type { Parameter } from '#core/job/template-record.ts';
import { builtIns } from '#core/templates/index.ts';
import { type AnyTemplate, declaredInputs } from '#core/templates/template.ts';

const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

const range = (parameter: Parameter): string => {
  if ('enum' in parameter && parameter.enum) return `one of ${parameter.enum.map((each) => `\`${each}\``).join(', ')}`;
  const least = 'minimum' in parameter ? parameter.minimum : undefined;
  const most = 'maximum' in parameter ? parameter.maximum : undefined;
  return [least === undefined ? '' : `from ${least}`, most === undefined ? '' : `to ${most}`].join(' ').trim();
};

const row = ([name, parameter]: [string, Parameter]): string =>
  `| \`${name}\` | ${parameter.type} | \`${JSON.stringify(parameter.default)}\` | ${range(parameter)} | ${parameter.description} |`;

const parameters = (template: AnyTemplate): string => {
  if ('build' in template)
    return `\`params\`, as JSON Schema:\n\n${json(z.toJSONSchema(template.params, { io: 'input' }))}`;
  return [
    '| parameter | type | default | values | |',
    '|---|---|---|---|---|',
    ...Object.entries(template.params).map(row),
  ].join('\n');
};

const made = (template: AnyTemplate): string =>
  'build' in template
    ? `A call:\n\n${json({ template: template.name, name: 'summer', params: template.example })}`
    : `It makes:\n\n${json(template.outputs)}`;

const section = (template: AnyTemplate): string => {
  const inputs = Object.entries(declaredInputs(template)).map(
    ([name, { summary }]) => `- input \`${name}\`: ${summary}`,
  );
  return [
    `## \`${template.name}\``,
    template.summary,
    ...(inputs.length > 0 ? [inputs.join('\n')] : []),
    parameters(template),
    made(template),
  ].join('\n\n');
};

export const templatesPage = (): string => `# Templates

Generated from \`core/templates/\` by \`npm run reference\`. These ship with every deployment; yours are stored with
\`PUT /v1/templates/{name}\` and have the same form. How to write one is in [templates.md](../templates.md).

${builtIns.map(section).join('\n\n')}
`;
