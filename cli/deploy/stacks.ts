/** The stacks of a stage as they are in the account: which there are, and what of them stays when they go. */
import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateDescribeStacks,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { regionOfCloudFront } from '#lib/agreement.ts';
import { type DeployConfig, stackName } from '#lib/config.ts';
import type { Place } from './account.ts';

export interface DeployedStack {
  readonly name: string;
  readonly region: string;
  /** It refuses to be deleted. */
  readonly isProtected: boolean;
  /** What is there when it is gone, as type and physical name. */
  readonly kept: readonly { readonly type: string; readonly name: string }[];
}

const Template = z.object({ Resources: z.record(z.string(), z.object({ DeletionPolicy: z.unknown().optional() })) });

const isKept = (policy: unknown): boolean => policy === 'Retain' || policy === 'RetainExceptOnCreate';

const keptOf = async (client: CloudFormationClient, name: string): Promise<DeployedStack['kept']> => {
  const { TemplateBody = '{"Resources":{}}' } = await client.send(new GetTemplateCommand({ StackName: name }));
  const { Resources } = Template.parse(JSON.parse(TemplateBody));
  const kept: { type: string; name: string }[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: name }))
    for (const { LogicalResourceId = '', PhysicalResourceId, ResourceType = '' } of page.StackResourceSummaries ?? [])
      if (PhysicalResourceId !== undefined && isKept(Resources[LogicalResourceId]?.DeletionPolicy))
        kept.push({ type: ResourceType, name: PhysicalResourceId });
  return kept;
};

/** Their names are the stage's and a part's; `kinoduct-a-b-api` is of the stage `a-b`. */
const isOf = (config: DeployConfig, { StackName = '', StackStatus }: Stack): boolean =>
  StackName.startsWith(stackName(config, '')) &&
  /^(?:[a-z]+|web-acl)$/.test(StackName.slice(stackName(config, '').length)) &&
  StackStatus !== 'DELETE_COMPLETE';

const inRegion = async (
  config: DeployConfig,
  { profile }: Pick<Place, 'profile'>,
  region: string,
): Promise<readonly DeployedStack[]> => {
  const client = new CloudFormationClient({ ...(profile === undefined ? {} : { profile }), region });
  const found: DeployedStack[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {}))
    for (const stack of Stacks.filter((each) => isOf(config, each))) {
      const { StackName: name = '', EnableTerminationProtection: isProtected = false } = stack;
      found.push({ name, region, isProtected, kept: await keptOf(client, name) });
    }
  return found.toSorted((a, b) => a.name.localeCompare(b.name));
};

/** In the region of the deployment, and in that of CloudFront. */
export const deployedStacks = async (
  config: DeployConfig,
  place: Pick<Place, 'profile'> & { readonly region: string },
): Promise<readonly DeployedStack[]> => {
  const regions = [...new Set([place.region, regionOfCloudFront])];
  return (await Promise.all(regions.map((region) => inRegion(config, place, region)))).flat();
};

/** Whatever options a stage was deployed with, with these the app has all of its stacks. */
export const everyStack = { auth: 'cognito', drop: 'true', webFront: 'true', waf: 'true' } as const;
