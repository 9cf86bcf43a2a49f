/** The deployment as CloudFormation would get it: the real app, synthesized with the context of cdk.json, and read back. */
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { type AppContext, runApp, type SynthAnswer } from './run-app.ts';

export type Part =
  | 'storage'
  | 'data'
  | 'identity'
  | 'processing'
  | 'api'
  | 'drop'
  | 'observability'
  | 'web'
  | 'web-acl';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

export interface SynthesizedFunction {
  /** The absolute folder whose content is deployed; for the runner the build context of its image. */
  readonly root: string;
  /** `file.export` of a `.mjs` file in `root`. */
  readonly handler: string;
  /** Names of its environment variables. */
  readonly environment: readonly string[];
  /** The values of those that the template has as text, and not as a reference. */
  readonly literals: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
}

export interface Synthesized {
  readonly templates: Readonly<Record<Part, Template>>;
  readonly functions: Readonly<Record<'api' | 'workflow' | 'runner' | 'transfer', SynthesizedFunction>> & {
    /** Undefined where nothing may be dropped. */
    readonly drop?: SynthesizedFunction;
  };
  /** The state machine's definition with its `${…}` replaced. Fails when one is left over. */
  definition(substitutions: Readonly<Record<string, string>>): string;
  /** Properties of every AWS::DynamoDB::Table, by logical id. */
  readonly tables: Readonly<Record<string, Record<string, unknown>>>;
  readonly buckets: Readonly<Record<string, Record<string, unknown>>>;
  /** What the app wrote: cdk.out. */
  readonly outdir: string;
  remove(): Promise<void>;
}

interface Assets {
  readonly files: Readonly<Record<string, { readonly source: { readonly path: string } }>>;
  readonly dockerImages: Readonly<Record<string, { readonly source: { readonly directory: string } }>>;
}

const json = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T; // true: CDK wrote it

export const resourcesOf = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

/** The folder of an asset, by the hash that the template names. */
const assetFolder = (assets: Assets, code: unknown, outdir: string): string => {
  const text = JSON.stringify(code);
  for (const [hash, { source }] of Object.entries(assets.files))
    if (text.includes(hash)) return join(outdir, source.path);
  for (const [hash, { source }] of Object.entries(assets.dockerImages))
    if (text.includes(hash)) return join(outdir, source.directory);
  throw new Error(`no asset for ${text}`);
};

const handlerOf = async (resource: Resource, root: string): Promise<string> => {
  if (typeof resource.Properties['Handler'] === 'string') return resource.Properties['Handler'];
  const command = /^CMD \["([^"]+)"\]$/m.exec(await readFile(join(root, 'Dockerfile'), 'utf8'))?.[1];
  if (!command) throw new Error('the Dockerfile has no CMD');
  return command;
};

const functionOf = async (resource: Resource, assets: Assets, outdir: string): Promise<SynthesizedFunction> => {
  const { Code, Environment, MemorySize, Timeout } = resource.Properties as {
    Code: unknown;
    Environment: { Variables: Record<string, unknown> };
    MemorySize: number;
    Timeout: number;
  }; // true: every function of ours sets them
  const root = assetFolder(assets, Code, outdir);
  return {
    root,
    handler: await handlerOf(resource, root),
    environment: Object.keys(Environment.Variables),
    literals: Object.fromEntries(
      Object.entries(Environment.Variables).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    ),
    memoryMb: MemorySize,
    timeoutSeconds: Timeout,
  };
};

const properties = (template: Template, type: string): Record<string, Record<string, unknown>> =>
  Object.fromEntries(resourcesOf(template, type).map(([id, resource]) => [id, resource.Properties]));

const definitionOf = (template: Template): string => {
  const [machine] = resourcesOf(template, 'AWS::StepFunctions::StateMachine');
  const text = machine?.[1].Properties['DefinitionString'];
  if (typeof text !== 'string') throw new Error('the state machine has no DefinitionString');
  return text;
};

/** What several files of tests ask for, so that it is made once. */
export const configured = {
  stage: 'qa',
  allowedOrigins: 'https://a.example.com, https://b.example.com',
  apiRate: '20',
  alarmJobsPerHour: '50',
  alarmUsdPerHour: '2.5',
  sourceBuckets: 'archive,inbox',
  deliveryBuckets: 'results',
  contentAnalysis: 'true',
} as const;

/** Of this run, for everybody who asks for the same. */
const shared = async (door: string, context: AppContext): Promise<string> => {
  const connection = connect(door);
  connection.end(JSON.stringify(context));
  const made = JSON.parse(await text(connection)) as SynthAnswer; // true: synth-setup.ts sent it
  if ('error' in made) throw new Error(made.error);
  return made.outdir;
};

/**
 * The deployment with these options. Where the run shares them (synth-setup.ts) it is made once for all who ask for the same,
 * and stays until the run ends. Rejects with what the app printed when the synth fails.
 */
export const synthesize = async (
  options: AppContext['options'] = {},
  environment: AppContext['environment'] = {},
): Promise<Synthesized> => {
  const door = inject('synths');
  if (!door) return synthesizeAnew(options, environment);
  return read(options, await shared(door, { options, environment }), async () => undefined);
};

/** The same, made for the caller alone. */
const synthesizeAnew = async (
  options: AppContext['options'] = {},
  environment: AppContext['environment'] = {},
): Promise<Synthesized> => {
  const outdir = await runApp({ options, environment });
  return read(options, outdir, () => rm(outdir, { recursive: true, force: true }));
};

const read = async (
  options: AppContext['options'],
  outdir: string,
  remove: () => Promise<void>,
): Promise<Synthesized> => {
  const stage = options['stage'] ?? 'dev';
  const template = (part: Part) => json<Template>(join(outdir, `kinoduct-${stage}-${part}.template.json`));
  const assets = (part: Part) => json<Assets>(join(outdir, `kinoduct-${stage}-${part}.assets.json`));
  const templates = {
    storage: await template('storage'),
    data: await template('data'),
    identity: options['auth'] === 'cognito' ? await template('identity') : { Resources: {} },
    processing: await template('processing'),
    api: await template('api'),
    drop: options['drop'] === 'false' ? { Resources: {} } : await template('drop'),
    observability: await template('observability'),
    web: options['webFront'] === 'true' ? await template('web') : { Resources: {} },
    'web-acl':
      options['webFront'] === 'true' && options['waf'] !== 'false' ? await template('web-acl') : { Resources: {} },
  };
  const find = async (part: 'processing' | 'api' | 'drop', id: string): Promise<SynthesizedFunction> => {
    const found = resourcesOf(templates[part], 'AWS::Lambda::Function').find(([logicalId]) =>
      new RegExp(`^${id}[0-9A-F]{8}$`).test(logicalId),
    );
    if (!found) throw new Error(`the ${part} stack has no function ${id}`);
    return functionOf(found[1], await assets(part), outdir);
  };
  return {
    templates,
    functions: {
      api: await find('api', 'Api'),
      workflow: await find('processing', 'Workflow'),
      runner: await find('processing', 'Runner'),
      transfer: await find('processing', 'Transfer'),
      ...(options['drop'] === 'false' ? {} : { drop: await find('drop', 'Drop') }),
    },
    definition: (substitutions) => {
      const text = definitionOf(templates.processing).replace(
        /\$\{(\w+)\}/g,
        (whole, name: string) => substitutions[name] ?? whole,
      );
      const left = /\$\{\w+\}/.exec(text);
      if (left) throw new Error(`nothing was given for ${left[0]}`);
      return text;
    },
    tables: properties(templates.data, 'AWS::DynamoDB::Table'),
    buckets: properties(templates.storage, 'AWS::S3::Bucket'),
    outdir,
    remove,
  };
};
