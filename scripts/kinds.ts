/** The reference pages of inputs, outputs and edits: from the schemas that validate and the examples that are tested. */
import * as z from 'zod';
import { editDefinitions } from '#core/edits/index.ts';
import { inputDefinitions } from '#core/inputs/index.ts';
import { Edit, editKinds } from '#core/job/edits.ts';
import { InputObject, inputKinds } from '#core/job/inputs.ts';
import { OutputObject } from '#core/job/outputs.ts';
import { outputDefinitions } from '#core/outputs/index.ts';

/** The part of JSON Schema that our schemas turn into. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

type Definitions = Readonly<Record<string, Schema>>;

const named = (ref: string): string => ref.split('/').at(-1) ?? '';

/** A schema as JSON Schema, and the named schemas that it refers to, without itself. */
const jsonSchema = (schema: z.ZodType): { readonly root: Schema; readonly shared: Definitions } => {
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema & { $defs?: Definitions }; // true: the documented shape
  const defs = document.$defs ?? {};
  const rootName = document.$ref === undefined ? undefined : named(document.$ref);
  /** zod names what has no id of its own `__schema0`, …: that is written out in its place. */
  const inlined = (part: Schema): Schema =>
    part.$ref && named(part.$ref).startsWith('__') ? (defs[named(part.$ref)] ?? part) : part;
  const isShared = (name: string): boolean => name !== rootName && !name.startsWith('__');
  return {
    root: rootName === undefined ? document : (defs[rootName] ?? document),
    shared: Object.fromEntries(
      Object.entries(defs)
        .filter(([name]) => isShared(name))
        .map(([name, part]) => [name, { ...inlined(part), description: part.description }]),
    ),
  };
};

const range = (unit: string, least: number | undefined, most: number | undefined): string => {
  const bounded = most !== undefined && most < Number.MAX_SAFE_INTEGER;
  if (least !== undefined && bounded) return `${unit} ${least}–${most}`;
  if (bounded) return `${unit}, at most ${most}`;
  return least !== undefined && least > Number.MIN_SAFE_INTEGER ? `${unit}, at least ${least}` : unit;
};

const scalar = (schema: Schema): string => {
  const least = schema.minimum ?? schema.exclusiveMinimum;
  if (schema.type === 'integer') return range('whole number', least, schema.maximum);
  if (schema.type === 'number') return range('number', least, schema.maximum);
  if (schema.type === 'string' && schema.maxLength !== undefined) return `text, at most ${schema.maxLength}`;
  return { string: 'text', boolean: 'true or false', object: 'object' }[schema.type ?? ''] ?? 'any JSON';
};

/** A type in words. Names of shared schemas lead to their section of the page. */
const words = (schema: Schema): string => {
  if (schema.$ref) {
    const name = named(schema.$ref);
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(words).join(' or ');
  if (schema.type === 'array') {
    const counted = schema.maxItems === undefined ? '' : `, at most ${schema.maxItems}`;
    return `list of ${schema.items ? words(schema.items) : 'anything'}${counted}`;
  }
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const optional = schema.required?.includes(name) ? '' : '?';
      return `\`${name}${optional}\`: ${words(field)}`;
    });
    return `object (${fields.join('; ')})`;
  }
  if (typeof schema.additionalProperties === 'object') return `object of ${words(schema.additionalProperties)}`;
  return scalar(schema);
};

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');

const table = (schema: Schema, leaveOut: ReadonlySet<string> = new Set()): string => {
  const rows = Object.entries(schema.properties ?? {})
    .filter(([name]) => !leaveOut.has(name))
    .map(([name, field]) => {
      const required = schema.required?.includes(name) ? '**required**' : '';
      return `| \`${name}\` | ${cell(words(field))} | ${required} | ${cell(field.description ?? '')} |`;
    });
  return rows.length === 0 ? '' : ['| field | value | | |', '|---|---|---|---|', ...rows].join('\n');
};

const example = (title: string | undefined, value: unknown): string =>
  `${title === undefined ? '' : `${title}:\n\n`}\`\`\`json\n${JSON.stringify(value)}\n\`\`\``;

const sharedSections = (defs: Definitions): string =>
  Object.entries(defs)
    .map(([name, schema]) => {
      const body = schema.properties ? table(schema) : words(schema);
      return `### ${name}\n\n${[schema.description, body].filter(Boolean).join('\n\n')}\n`;
    })
    .join('\n');

const page = (title: string, intro: string, sections: readonly string[], shared: string): string =>
  `# ${title}

Generated by \`npm run reference\` from the schemas that validate and the examples that the tests run.

${intro}

${sections.join('\n')}
## Shared values

${shared}`;

const choicesOf = (schema: Schema): readonly Schema[] => schema.oneOf ?? schema.anyOf ?? [];

/** Written at the end of a page, because they hold for every kind. */
const ofEveryOutput = new Set(['type', 'from', 'path', 'store', 'when', 'label']);

export const outputsPage = (): string => {
  const { root, shared } = jsonSchema(OutputObject);
  const ofKind = (type: string) => choicesOf(root).find(({ properties }) => properties?.['type']?.const === type) ?? {};
  const common = ofKind('copy');
  const sections = outputDefinitions
    .toSorted((a, b) => a.type.localeCompare(b.type))
    .map(({ type, summary, examples }) =>
      [
        `## \`${type}\``,
        summary,
        table(ofKind(type), ofEveryOutput),
        ...examples.map(({ title, output }) => example(title, output)),
        '',
      ]
        .filter((part, n, all) => part !== '' || n === all.length - 1)
        .join('\n\n'),
    );
  const intro = `An output says what is made. A string stands for a preset. Every kind takes these fields too:\n\n${table(common, new Set(['type']))}`;
  return page('Outputs', intro, sections, sharedSections(shared));
};

const ofEveryInput = new Set(['start', 'end', 'audioTrack', 'videoTrack', 'optional']);

export const inputsPage = (): string => {
  const { root, shared } = jsonSchema(InputObject);
  const ofKind = (kind: string) => choicesOf(root).find(({ properties }) => properties && kind in properties) ?? {};
  const first = ofKind(inputKinds[0]);
  const common: Schema = {
    properties: Object.fromEntries(Object.entries(first.properties ?? {}).filter(([name]) => ofEveryInput.has(name))),
  };
  const sections = inputDefinitions
    .toSorted((a, b) => a.kind.localeCompare(b.kind))
    .map(({ kind, summary, examples }) =>
      [
        `## \`${kind}\``,
        summary,
        table(ofKind(kind), ofEveryInput),
        ...examples.map((each) => example(undefined, each)),
      ].join('\n\n'),
    );
  const intro = `Whatever makes media is an input. A string is an upload's or a library item's id, an http(s) address, or \`s3://bucket/key\`. Every kind takes these fields too:\n\n${table(common)}`;
  return page(
    'Inputs',
    intro,
    sections.map((section) => `${section}\n`),
    sharedSections(shared),
  );
};

export const editsPage = (): string => {
  const { root, shared } = jsonSchema(Edit);
  const field = (kind: string): Schema =>
    choicesOf(root).find(({ properties }) => properties && kind in properties)?.properties?.[kind] ?? {};
  const definitions = editKinds.flatMap((kind) => editDefinitions.filter((definition) => definition.kind === kind));
  const sections = definitions.map(({ kind, summary, examples }) => {
    const value = field(kind);
    const body = value.properties ? table(value) : `The value is ${words(value)}.`;
    const shown = examples.map(({ title, edit }) => example(title, { [kind]: edit }));
    return `${[`## \`${kind}\``, summary, body, ...shown].join('\n\n')}\n`;
  });
  const intro =
    'Edits change picture and sound on the way from a source to an output. They are carried out in the order of the list.';
  return page('Edits', intro, sections, sharedSections(shared));
};
