import { type App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type DeployConfig, stackName } from '../config.ts';
import { accept } from '../constructs/accept.ts';
import { type Concern, concerns } from '../constructs/concerns.ts';
import { dashboard, type Watched } from '../constructs/dashboard.ts';

const alarm = (stack: Stack, { id, metric, most, description, runbook }: Concern): Alarm =>
  new Alarm(stack, id, {
    metric,
    threshold: most,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: `${description} What to do: docs/operations.md#${runbook}`,
  });

/** A dashboard, and alarms on what nobody would see otherwise. They go to `alarmEmail` where the deployment has one. */
export const observabilityStack = (app: App, config: DeployConfig, watched: Watched): void => {
  const stack = new Stack(app, stackName(config, 'observability'), { description: 'Kinoduct: dashboard and alarms' });
  const alarms = concerns(config, watched).map((concern) => alarm(stack, concern));
  const { dashboardName } = dashboard(stack, config, { watched, alarms });
  new CfnOutput(stack, 'DashboardName', { value: dashboardName, description: 'The dashboard in CloudWatch' });
  if (!config.alarmEmail) return;
  const topic = new Topic(stack, 'Alarms', { enforceSSL: true });
  accept(topic.addSubscription(new EmailSubscription(config.alarmEmail)), {
    'Serverless-SNSRedrivePolicy': 'A mail that is lost is no loss of state: the alarm stays red in CloudWatch.',
  });
  for (const rung of alarms) rung.addAlarmAction(new SnsAction(topic));
};
