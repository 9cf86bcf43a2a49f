import { type App, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { deployConfig } from './config.ts';
import { ourRules } from './rules/index.ts';
import { apiStack } from './stacks/api-stack.ts';
import { dataStack } from './stacks/data-stack.ts';
import { dropStack } from './stacks/drop-stack.ts';
import { identityStack } from './stacks/identity-stack.ts';
import { observabilityStack } from './stacks/observability-stack.ts';
import { processingStack } from './stacks/processing-stack.ts';
import { storageStack } from './stacks/storage-stack.ts';
import { webAclStack } from './stacks/web-acl-stack.ts';
import { webStack } from './stacks/web-stack.ts';

/** Puts one stage of Kinoduct into the app. It is bound to no account and no region: those are of the one who deploys. */
export const kinoduct = (app: App): void => {
  const config = deployConfig(app.node);
  const storage = storageStack(app, config);
  const data = dataStack(app, config, storage);
  const kept = { ...storage, ...data };
  const processing = processingStack(app, config, kept);
  const accounts = config.auth === 'cognito' ? identityStack(app, config) : undefined;
  const api = apiStack(app, config, {
    ...kept,
    runner: processing.runner,
    stateMachine: processing.stateMachine,
    accounts,
  });
  if (config.webFront && accounts && api.client)
    webStack(app, config, {
      ...storage,
      accounts,
      api: api.api,
      client: api.client,
      webAcl: config.waf ? webAclStack(app, config) : undefined,
    });
  const drop = storage.drop && dropStack(app, config, { ...kept, drop: storage.drop });
  observabilityStack(app, config, {
    api: api.api,
    stateMachine: processing.stateMachine,
    deadLetterQueue: processing.deadLetterQueue,
    failedDrops: drop?.failed,
    functions: {
      Api: api.handler,
      Runner: processing.runner,
      Transfer: processing.transfer,
      Workflow: processing.workflow,
      ...(drop ? { Drop: drop.handler } : {}),
    },
  });
  Tags.of(app).add('kinoduct:stage', config.stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app), ...ourRules(config));
};
