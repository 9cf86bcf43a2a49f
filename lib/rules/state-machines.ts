/** What every state machine has, states inside of maps included: Guard does not look into a definition. */
import { fields, type Finding, items, ofType, referred, type Template, type TemplateRule, textOf } from './template.ts';

type State = Readonly<Record<string, unknown>>;

const statesIn = (machine: State): readonly (readonly [string, State])[] =>
  Object.entries(fields(machine['States'])).flatMap(([name, value]) => {
    const state = fields(value);
    const inside = [state['ItemProcessor'], state['Iterator'], ...items(state['Branches'])];
    return [[name, state] as const, ...inside.flatMap((inner) => statesIn(fields(inner)))];
  });

/** What a Task state lacks. */
const lacks = (state: State): readonly string[] => {
  const { Resource, TimeoutSeconds, TimeoutSecondsPath, Retry, Catch } = state;
  const waits = typeof Resource === 'string' && Resource.endsWith('.waitForTaskToken');
  return [
    ...(TimeoutSeconds === undefined && TimeoutSecondsPath === undefined ? ['TimeoutSeconds'] : []),
    ...(waits && state['HeartbeatSeconds'] === undefined ? ['HeartbeatSeconds'] : []),
    ...(items(Retry).length === 0 ? ['Retry'] : []),
    ...(items(Catch).length === 0 ? ['Catch'] : []),
  ];
};

const parsed = (text: string): State | undefined => {
  try {
    return fields(JSON.parse(text));
  } catch {
    return undefined;
  }
};

const machines = (template: Template) => ofType(template, 'AWS::StepFunctions::StateMachine');

/** A task that nobody ends or repeats holds its job for a year. */
export const tasksAreBounded: TemplateRule = {
  name: 'TASK_STATES_ARE_BOUNDED',
  find: (template) =>
    machines(template).flatMap(([logicalId, { Properties }]): readonly Finding[] => {
      const machine = parsed(textOf(Properties['DefinitionString']) ?? '');
      if (!machine) return [{ logicalId, message: 'The definition is no JSON.' }];
      const whole = machine['TimeoutSeconds'] === undefined ? ['The state machine has no TimeoutSeconds.'] : [];
      const tasks = statesIn(machine)
        .filter(([, state]) => state['Type'] === 'Task')
        .flatMap(([name, state]) => lacks(state).map((what) => `The state ${name} has no ${what}.`));
      return [...whole, ...tasks].map((message) => ({ logicalId, message }));
    }),
};

/** Without it the executions run and are nowhere to be seen: CloudFormation does not notice. */
export const executionsMayLog: TemplateRule = {
  name: 'EXECUTIONS_MAY_LOG',
  find: (template) =>
    machines(template)
      .filter(([, { Properties }]) => {
        const role = referred(Properties['RoleArn']);
        const policies = ofType(template, 'AWS::IAM::Policy').filter(([, policy]) =>
          items(policy.Properties['Roles']).some((each) => referred(each) === role),
        );
        return !policies.some(([, policy]) => JSON.stringify(policy.Properties).includes('"logs:CreateLogDelivery"'));
      })
      .map(([logicalId]) => ({ logicalId, message: 'The role of the state machine may not deliver logs.' })),
};
