/** Stacks, their resources and who may do what, read out of synthesized templates: for docs/architecture.md. */
import type { Templates } from './templates-of-aws.ts';

type Properties = Readonly<Record<string, unknown>>;

interface Resource {
  readonly stack: string;
  /** The logical id: unique in its stack only. */
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
}

/** In the order of the flow; other stacks come behind. */
const order = ['storage', 'data', 'identity', 'api', 'processing', 'drop'];
const rank = (stack: string): number => (order.includes(stack) ? order.indexOf(stack) : order.length);

const isRecord = (value: unknown): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

/** A logical id without the hash that CDK adds. */
const plain = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');

/** All resources of a deployment, and a way to find those that a value of a template names, of other stacks too. */
const readTemplates = (templates: Templates) => {
  const stacks = Object.entries(templates).toSorted(([a], [b]) => rank(a) - rank(b));
  const all = stacks.flatMap(([stack, { Resources }]) =>
    Object.entries(Resources).map(
      ([id, { Type, Properties: properties = {} }]): Resource => ({ stack, id, type: Type, properties }),
    ),
  );
  const exported = new Map<string, Resource>();
  const named = (value: unknown, stack: string): Resource[] => {
    if (Array.isArray(value)) return value.flatMap((each) => named(each, stack));
    if (!isRecord(value)) return [];
    const { Ref: reference, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported, ...rest } = value;
    const ids = new Set([reference, asList(attribute)[0]]);
    return [
      ...all.filter((resource) => resource.stack === stack && ids.has(resource.id)),
      ...[exported.get(String(imported))].filter((resource) => resource !== undefined),
      ...Object.values(rest).flatMap((each) => named(each, stack)),
    ];
  };
  for (const [stack, { Outputs = {} }] of stacks)
    for (const output of Object.values(Outputs)) {
      if (!isRecord(output) || !isRecord(output['Export'])) continue;
      const [resource] = named(output['Value'], stack);
      if (resource) exported.set(String(output['Export']['Name']), resource);
    }
  return { stacks: stacks.map(([stack]) => stack), all, named };
};

type Read = ReturnType<typeof readTemplates>;

const machine = 'AWS::StepFunctions::StateMachine';
const lambda = 'AWS::Lambda::Function';

/** What is shown of a stack, and what it is called. */
const nouns: Readonly<Record<string, (properties: Properties) => string>> = {
  'AWS::S3::Bucket': () => 'bucket',
  'AWS::DynamoDB::Table': () => 'table',
  'AWS::SecretsManager::Secret': () => 'secret',
  [lambda]: ({ PackageType }) => (PackageType === 'Image' ? 'function with FFmpeg' : 'function'),
  [machine]: () => 'state machine',
  'AWS::SQS::Queue': ({ RedrivePolicy }) => (RedrivePolicy ? 'queue' : 'dead letters'),
  'AWS::ApiGatewayV2::Api': () => 'HTTP API',
  'AWS::Events::Rule': ({ ScheduleExpression }) =>
    /^rate\((?:1 )?(.+)\)$/.exec(String(ScheduleExpression))?.[1]?.replace(/^/, 'every ') ?? 'event',
  'AWS::CloudWatch::Dashboard': () => 'CloudWatch',
};

const isShown = ({ type }: Resource): boolean => Object.hasOwn(nouns, type);

/** What calls what, where one of them names the other, or is told its name. */
const callsIn = ({ all, named }: Read): readonly (readonly [Resource, Resource])[] => {
  const machines = all.filter(({ type }) => type === machine);
  return all.flatMap((resource) => {
    const { stack, type, properties } = resource;
    const find = (value: unknown): Resource[] => named(value, stack).filter(isShown);
    const between = (from: unknown, to: unknown) => find(from).flatMap((a) => find(to).map((b) => [a, b] as const));
    const to = (targets: readonly Resource[]) => targets.map((target) => [resource, target] as const);
    if (type === 'AWS::Events::Rule')
      return to(find(asList(properties['Targets']).map((target) => isRecord(target) && target['Arn'])));
    if (type === machine) return to(find(properties['DefinitionSubstitutions']));
    if (type === 'AWS::Lambda::EventSourceMapping')
      return between(properties['EventSourceArn'], properties['FunctionName']);
    if (type === 'AWS::ApiGatewayV2::Integration') return between(properties['ApiId'], properties['IntegrationUri']);
    if (type !== lambda) return [];
    const environment = properties['Environment'];
    const text = JSON.stringify(environment ?? {});
    return to(
      machines.filter(
        (one) =>
          text.includes(`stateMachine:${String(one.properties['StateMachineName'])}`) ||
          named(environment, stack).includes(one),
      ),
    );
  });
};

/** Stacks with what is in them that somebody would look for, and what calls what. */
export const stacksDiagram = (templates: Templates): string => {
  const read = readTemplates(templates);
  const nameOf = ({ stack, id }: Resource): string => `${stack}_${plain(id)}`;
  const node = (resource: Resource): string =>
    `    ${nameOf(resource)}["${plain(resource.id)}<br/>${nouns[resource.type]?.(resource.properties) ?? ''}"]`;
  const alarms = (stack: string): string[] => {
    const count = read.all.filter((one) => one.stack === stack && one.type === 'AWS::CloudWatch::Alarm').length;
    return count === 0 ? [] : [`    ${stack}_alarms["${count} alarms"]`];
  };
  const calls = callsIn(read).map(([from, to]) => `  ${nameOf(from)} --> ${nameOf(to)}`);
  return [
    '```mermaid',
    'flowchart LR',
    ...read.stacks.flatMap((stack) => {
      const nodes = [...read.all.filter((one) => one.stack === stack && isShown(one)).map(node), ...alarms(stack)];
      return nodes.length === 0 ? [] : [`  subgraph ${stack}`, ...nodes, '  end'];
    }),
    ...new Set(calls),
    '```',
  ].join('\n');
};

/** Of logs and traces, which every function may write. */
const isOfEverybody = (action: string): boolean => /^(logs|xray):/.test(action);

const statementsOf = ({ type, properties }: Resource): readonly Properties[] => {
  const policies = type === 'AWS::IAM::Policy' ? [properties] : asList(properties['Policies']).filter(isRecord);
  return policies.flatMap(({ PolicyDocument: document }) =>
    isRecord(document) ? asList(document['Statement']).filter(isRecord) : [],
  );
};

/** Each role that the deployment makes for a function or the state machine, and what it may do. */
export const permissionsTable = (templates: Templates): string => {
  const { all, named } = readTemplates(templates);
  /** What a policy names: `Media/uploads/*`. */
  const words = (value: unknown, stack: string): string => {
    if (typeof value === 'string') return value;
    if (isRecord(value) && Array.isArray(value['Fn::Join']))
      return asList(value['Fn::Join'][1])
        .map((part) => words(part, stack))
        .join('');
    return plain(named(value, stack)[0]?.id ?? '');
  };
  const permission = ({ Action, Resource: resources }: Properties, stack: string): string[] => {
    const actions = asList(Action)
      .map(String)
      .filter((action) => !isOfEverybody(action));
    if (actions.length === 0) return [];
    const [service = ''] = actions[0]?.split(':') ?? [];
    const targets = asList(resources).map((one) => words(one, stack).replace(/^arn:(?:[^:]*:){4}/, ''));
    const verbs = actions.map((action) => action.replace(`${service}:`, ''));
    return [`**${service}** ${verbs.join(', ')}: ${[...new Set(targets)].map((target) => `\`${target}\``).join(', ')}`];
  };
  const granted = (role: Resource): string[] =>
    all
      .filter(
        (one) =>
          one === role || (one.type === 'AWS::IAM::Policy' && named(one.properties['Roles'], one.stack).includes(role)),
      )
      .flatMap((one) => statementsOf(one).flatMap((statement) => permission(statement, one.stack)));
  const rows = all
    .filter(({ type }) => type === lambda || type === machine)
    .map(({ stack, id, properties }) => {
      const roles = named(properties['Role'] ?? properties['RoleArn'], stack);
      return `| ${plain(id)} | ${roles.flatMap(granted).join('<br/>')} |`;
    });
  return ['| who | may |', '|---|---|', ...rows].join('\n');
};
