/** Several stages live in one account: what has its name for itself there has that of its stage in it. */
import { ofType, type TemplateRule, textOf } from './template.ts';

/** Properties that name a resource in the whole account and region, by the type of the resource. */
const named: Readonly<Record<string, string>> = {
  'AWS::S3::Bucket': 'BucketName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Lambda::LayerVersion': 'LayerName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Events::Rule': 'Name',
  'AWS::Events::EventBus': 'Name',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::SSM::Parameter': 'Name',
  'AWS::RDS::DBCluster': 'DBClusterIdentifier',
  'AWS::RDS::DBInstance': 'DBInstanceIdentifier',
  'AWS::RDS::DBSubnetGroup': 'DBSubnetGroupName',
  'AWS::ECS::Cluster': 'ClusterName',
  'AWS::ECS::TaskDefinition': 'Family',
  'AWS::ECR::Repository': 'RepositoryName',
  'AWS::WAFv2::WebACL': 'Name',
  'AWS::CloudFront::ResponseHeadersPolicy': 'ResponseHeadersPolicyConfig',
};

/** CDK leaves out what some names may not have. */
const plain = (name: string): string => name.replaceAll(/[^a-zA-Z0-9]/g, '');

/** Names that are left out are made up by CloudFormation, from the name of the stack. */
export const namesHaveTheirStage = (stage: string): TemplateRule => ({
  name: 'NAMES_HAVE_THEIR_STAGE',
  find: (template) =>
    Object.entries(named).flatMap(([type, property]) =>
      ofType(template, type).flatMap(([logicalId, { Properties }]) => {
        const value = Properties[property];
        const name = textOf(value) ?? JSON.stringify(value ?? {});
        const isOurs = value === undefined || plain(name).includes(plain(`kinoduct ${stage}`));
        return isOurs || /"Ref":"AWS::StackName"/.test(JSON.stringify(value))
          ? []
          : [{ logicalId, message: `${property} ${name} would be that of another stage as well.` }];
      }),
    ),
});
