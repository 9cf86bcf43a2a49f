/** What one sees of a deployment: its dashboard, its alarms and its traces. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MetricName, metricNames, metrics, metricsNamespace, stageDimension } from '#core/ports/metrics.ts';
import { WorkflowPayload } from '#functions/workflow/app.ts';
import { readEmf } from '#test/support/emf.ts';
import { configured, type Resource, resourcesOf, synthesize, type Synthesized } from '#test/support/synth.ts';

let deployment: Synthesized;

beforeAll(async () => {
  deployment = await synthesize(configured);
});

afterAll(() => deployment.remove());

const all = (type: string): readonly Resource[] =>
  Object.values(deployment.templates).flatMap((template) =>
    resourcesOf(template, type).map(([, resource]) => resource),
  );

/** What the services of AWS tell of themselves, as their guides list it. */
const ofServices: Readonly<Record<string, readonly string[]>> = {
  'AWS/Lambda': ['ConcurrentExecutions', 'Duration', 'Throttles'],
  'AWS/States': ['ExecutionsFailed', 'ExecutionsTimedOut'],
  'AWS/ApiGateway': ['4xx', '5xx'],
  'AWS/SQS': ['ApproximateNumberOfMessagesVisible'],
};

/** Fails unless the code measures it, with just these dimensions. */
const expectMeasured = (name: string, dimensions: readonly string[]): void => {
  expect(metricNames, name).toContain(name);
  const [stage, ...others] = dimensions;
  expect(stage, name).toBe(stageDimension);
  expect(others.length, `${name}: one dimension beside the stage`).toBeLessThanOrEqual(1);
  for (const other of others) expect(metrics[name as MetricName].dimensions, name).toContain(other); // true: it is in the list
};

describe('the dashboard', () => {
  interface Widget {
    readonly type: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly properties: Readonly<Record<string, unknown>>;
  }

  /** What CloudFormation would make of it, with a word for each reference. */
  const widgets = (): readonly Widget[] => {
    const [found] = all('AWS::CloudWatch::Dashboard');
    const body = found?.Properties['DashboardBody'] as { 'Fn::Join': [string, unknown[]] }; // true: it names the region
    const text = body['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'reference')).join('');
    return (JSON.parse(text) as { widgets: Widget[] }).widgets; // true: CDK wrote it
  };

  const graphs = () => widgets().filter(({ type }) => type === 'metric');
  const lines = (): unknown[][] =>
    graphs().flatMap(({ properties }) =>
      ['metrics'].flatMap((name) => (properties[name] as unknown[][] | undefined) ?? []),
    ); // true: lines are lists

  test('has the sections that an operator looks for, and is 24 columns wide', () => {
    const headings = widgets().flatMap(({ type, properties }) =>
      type === 'text' ? String(properties['markdown']) : [],
    );
    expect(headings).toEqual([
      '## Throughput',
      '## Queue and workers',
      '## Errors',
      '## Time',
      '## Processor and memory',
      '## Cost',
      '## Requests',
    ]);
    for (const { x, width } of widgets()) expect(x + width).toBeLessThanOrEqual(24);
    for (const [n, one] of widgets().entries())
      for (const other of widgets().slice(n + 1))
        expect(
          one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y,
        ).toBe(true);
  });

  test('draws what the code measures and what AWS tells, and nothing else', () => {
    expect(graphs().length).toBeGreaterThan(15);
    let ours = 0;
    for (const [namespace, name, ...rest] of lines()) {
      if (typeof namespace !== 'string') continue; // an expression; see below
      const dimensions = rest.filter((part) => typeof part === 'string').filter((_, n) => n % 2 === 0);
      if (namespace === metricsNamespace) {
        expectMeasured(String(name), dimensions);
        expect(rest[1]).toBe('qa');
        ours += 1;
      } else expect(ofServices[namespace], `${namespace} ${String(name)}`).toContain(name);
    }
    expect(ours).toBeGreaterThan(20);
  });

  test('finds failures and requests by what the code tells apart', () => {
    const searches = lines().flatMap(([first]) => (typeof first === 'object' ? [first as { expression: string }] : [])); // true: expressions come alone
    const found = searches.map(({ expression }) => {
      const [, schema = '', name = '', stage] =
        /^SEARCH\('\{([\w,]+)\} MetricName="(\w+)" stage="(\w+)"', 'Sum', 60\)$/.exec(expression) ?? [];
      const [namespace, ...dimensions] = schema.split(',');
      expect([namespace, stage], expression).toEqual([metricsNamespace, 'qa']);
      expectMeasured(name, dimensions);
      return name;
    });
    expect(found).toEqual(['job_failures_total', 'worker_failure_rate_total', 'api_requests_total']);
  });

  test.each([
    ['encode time', 'worker_conversion_time_seconds', ['p50', 'p95', 'p99']],
    ['the time of an answer', 'api_request_duration_seconds', ['p50', 'p95', 'p99']],
    ['cost', 'job_cost_usd', ['Sum', 'p50', 'p95']],
    ['the queue', 'queue_depth', ['Maximum']],
    ['jobs that run', 'worker_active_jobs', ['Maximum']],
  ])('shows %s', (_, name, statistics) => {
    const shown = lines().flatMap((line) => (line[1] === name ? [(line.at(-1) as { stat: string }).stat] : [])); // true: lines end with their options
    expect(shown).toEqual(statistics);
  });

  test('shows every alarm', () => {
    const [alarms] = widgets();
    expect(alarms?.properties['alarms']).toHaveLength(all('AWS::CloudWatch::Alarm').length);
  });
});

describe('alarms', () => {
  const alarm = (id: string): Record<string, unknown> => {
    const found = resourcesOf(deployment.templates.observability, 'AWS::CloudWatch::Alarm').find(([name]) =>
      new RegExp(`^${id}[0-9A-F]{8}$`).test(name),
    );
    if (!found) throw new Error(`there is no alarm ${id}`);
    return found[1].Properties;
  };

  test('each link to what is to be done, and every such section belongs to one', async () => {
    const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const runbook = page.slice(page.indexOf('\n## When an alarm rings'));
    const sections = [...runbook.matchAll(/^### (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = all('AWS::CloudWatch::Alarm').map(
      ({ Properties }) => /docs\/operations\.md#([\w-]+)$/.exec(String(Properties['AlarmDescription']))?.[1],
    );
    expect(new Set(links)).toEqual(new Set(sections));
  });

  test('look only at what the code measures', () => {
    type Stat = { Namespace: string; MetricName: string; Dimensions: { Name: string }[] };
    const ours = all('AWS::CloudWatch::Alarm')
      .flatMap(({ Properties }) => {
        const queries = (Properties['Metrics'] ?? []) as { MetricStat?: { Metric: Stat } }[]; // true: those of an expression
        return [Properties as unknown as Stat, ...queries.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])]; // true: an alarm names one
      })
      .filter(({ Namespace }) => Namespace === metricsNamespace);
    expect(ours.length).toBeGreaterThan(4);
    for (const { MetricName, Dimensions } of ours)
      expectMeasured(MetricName, [
        stageDimension,
        ...Dimensions.map(({ Name }) => Name).filter((name) => name !== stageDimension),
      ]);
  });

  test('ring where the options say, and where a job is older than any may become', () => {
    expect(alarm('ManyJobs')).toMatchObject({ Threshold: 50, Period: 3600, Statistic: 'Sum' });
    expect(alarm('Cost')).toMatchObject({ Threshold: 2.5, Period: 3600, Statistic: 'Sum' });
    expect(alarm('JobStuck')).toMatchObject({ Threshold: 86_400 + 3600 + 900, Statistic: 'Maximum' });
  });
});

test('the queue is measured every minute', () => {
  const rules = all('AWS::Events::Rule').map(({ Properties }) => Properties);
  const rule = rules.find((properties) => JSON.stringify(properties['Targets']).includes('measure'));
  const [target] = (rule?.['Targets'] ?? []) as { Input: string }[]; // true: rules have targets
  expect(rule?.['ScheduleExpression']).toBe('rate(1 minute)');
  expect(WorkflowPayload.parse(JSON.parse(target?.Input ?? ''))).toEqual({ step: 'measure' });
});

test('every function and the state machine are traced, and every function may send its traces', () => {
  const functions = all('AWS::Lambda::Function');
  expect(functions.length).toBeGreaterThanOrEqual(5);
  for (const { Properties } of functions) expect(Properties['TracingConfig']).toEqual({ Mode: 'Active' });
  const machines = all('AWS::StepFunctions::StateMachine');
  expect(machines).toHaveLength(1);
  for (const { Properties } of machines) expect(Properties['TracingConfiguration']).toEqual({ Enabled: true });
  const sending = JSON.stringify(all('AWS::IAM::Policy')).match(/xray:PutTraceSegments/g) ?? [];
  expect(sending.length).toBeGreaterThanOrEqual(functions.length + machines.length);
});

test('the deployed API prints a line for the log and lines that become metrics, with the stage and the trace', async () => {
  const { root, environment } = deployment.functions.api;
  const arn = 'arn:aws:service:eu-west-1:1:x';
  const variable = (name: string): string => (name === 'STAGE' ? 'qa' : name.endsWith('_ARN') ? arn : '100');
  const traceId = '1-5759e988-bd862e3fe1be46a994272793';
  const env = {
    PATH: process.env['PATH'],
    AWS_REGION: 'eu-west-1',
    ...Object.fromEntries(environment.map((name) => [name, variable(name)])),
    PRIVATE_HOSTS: '',
    PRICES: '{}',
    QUOTAS: '{}',
    RECOGNISES: '',
    DATABASE: 'dynamodb',
    CONCURRENCY_SHARE: '0.5',
    RUNNER_ARCHITECTURE: 'x86_64',
    _X_AMZN_TRACE_ID: `Root=${traceId};Parent=53995c3f42cd8ad8;Sampled=0`,
  };
  const http = { method: 'GET', path: '/', sourceIp: '192.0.2.1' };
  const event = { version: '2.0', rawPath: '/', headers: {}, requestContext: { http, requestId: 'request-1' } };
  const bundle = pathToFileURL(join(root, 'index.mjs')).href;
  const script = `const { handler } = await import('${bundle}'); await handler(${JSON.stringify(event)}, {});`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  const [log = '', ...emf] = stdout.trim().split('\n');
  expect(JSON.parse(log)).toMatchObject({ message: 'request', requestId: 'request-1', status: 200, traceId });
  expect(emf.flatMap(readEmf)).toMatchObject([
    { name: 'api_requests_total', value: 1, under: [{ stage: 'qa' }, { stage: 'qa', status: '200' }] },
    { name: 'api_request_duration_seconds', under: [{ stage: 'qa' }] },
  ]);
});
