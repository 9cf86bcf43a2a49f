import { type App, CfnOutput, Fn, Stack } from 'aws-cdk-lib';
import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { regionOfCloudFront } from '../agreement.ts';
import { type DeployConfig, isProtected, stackName } from '../config.ts';

/**
 * Rules of AWS, by their groups, with those of their rules that only count: they would refuse jobs. A body may be long, name
 * addresses (which the functions that fetch them check), and hold captions with tags (which nobody shows as HTML).
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
 */
const groups: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesAmazonIpReputationList: [],
  AWSManagedRulesCommonRuleSet: [
    'SizeRestrictions_BODY',
    'GenericRFI_BODY',
    'GenericRFI_QUERYARGUMENTS',
    'CrossSiteScripting_BODY',
  ],
  AWSManagedRulesKnownBadInputsRuleSet: [],
};

const seen = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: true,
});

const limit = (rate: number): CfnWebACL.RuleProperty => ({
  name: 'Rate',
  priority: 0,
  action: { block: {} },
  statement: { rateBasedStatement: { limit: rate, aggregateKeyType: 'IP', evaluationWindowSec: 300 } },
  visibilityConfig: seen('Rate'),
});

const managed = ([name, counting]: readonly [string, readonly string[]], index: number): CfnWebACL.RuleProperty => ({
  name,
  priority: index + 1,
  overrideAction: { none: {} },
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name,
      ruleActionOverrides: counting.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
  visibilityConfig: seen(name),
});

export interface WebAcl {
  readonly stack: Stack;
  /** For a stack in another region, which reads it when it is deployed. */
  readonly arn: string;
}

/** The firewall of the front, in the one region that CloudFront takes it from. */
export const webAclStack = (app: App, config: DeployConfig): WebAcl => {
  const stack = new Stack(app, stackName(config, 'web-acl'), {
    description: 'Kinoduct: the firewall before the console and the API',
    env: { region: regionOfCloudFront },
    terminationProtection: isProtected(config),
  });
  const acl = new CfnWebACL(stack, 'Front', {
    scope: 'CLOUDFRONT',
    defaultAction: { allow: {} },
    rules: [limit(config.wafRate), ...Object.entries(groups).map(managed)],
    visibilityConfig: seen(stackName(config, 'front')),
  });
  const output = new CfnOutput(stack, 'WebAclArn', { value: acl.attrArn, description: 'The firewall' });
  return { stack, arn: Fn.getStackOutput(stack.stackName, output.logicalId, regionOfCloudFront) };
};
