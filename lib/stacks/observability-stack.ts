import { type App, Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { type DeployConfig, stackName } from '../config.ts';
import { accept } from '../constructs/accept.ts';

interface Watched {
  readonly api: HttpApi;
  readonly stateMachine: StateMachine;
  readonly deadLetterQueue: IQueue;
  readonly failedDrops: IQueue | undefined;
  readonly functions: Readonly<Record<string, IFunction>>;
}

interface Concern {
  readonly id: string;
  readonly metric: IMetric;
  /** The alarm rings above this. */
  readonly most: number;
  /** What it means and where to look. */
  readonly description: string;
}

const period = Duration.minutes(5);

const concerns = ({ api, stateMachine, deadLetterQueue, failedDrops, functions }: Watched): readonly Concern[] => [
  {
    id: 'Undelivered',
    metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period }),
    most: 0,
    description: 'The workflow function failed on an event several times: read the messages of the dead letter queue.',
  },
  ...(failedDrops
    ? [
        {
          id: 'FailedDrops',
          metric: failedDrops.metricApproximateNumberOfMessagesVisible({ period }),
          most: 0,
          description:
            'Dropped files could not be made jobs after several tries: read the log of the drop function, then redrive the queue.',
        },
      ]
    : []),
  {
    id: 'ExecutionsTimedOut',
    metric: stateMachine.metricTimedOut({ period }),
    most: 0,
    description: 'A job ran into the time limit of its execution: read its log with GET /v1/jobs/{id}/log.',
  },
  {
    id: 'ApiErrors',
    metric: api.metricServerError({ period }),
    most: 5,
    description: 'The API answered 5xx: read the log of the API function by request id.',
  },
  ...Object.entries(functions).flatMap(([name, target]) => [
    {
      id: `${name}Throttled`,
      metric: target.metricThrottles({ period }),
      most: 10,
      description: `${name}: more calls than the concurrency of the function or of the account allows.`,
    },
  ]),
];

/** Alarms on what nobody would see otherwise. They go to `alarmEmail` where the deployment has one. */
export const observabilityStack = (app: App, config: DeployConfig, watched: Watched): void => {
  const stack = new Stack(app, stackName(config, 'observability'), { description: 'Kinoduct: alarms' });
  const alarms = concerns(watched).map(
    ({ id, metric, most, description }) =>
      new Alarm(stack, id, {
        metric,
        threshold: most,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: description,
      }),
  );
  if (!config.alarmEmail) return;
  const topic = new Topic(stack, 'Alarms', { enforceSSL: true });
  accept(topic.addSubscription(new EmailSubscription(config.alarmEmail)), {
    'Serverless-SNSRedrivePolicy': 'A mail that is lost is no loss of state: the alarm stays red in CloudWatch.',
  });
  for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(topic));
};
