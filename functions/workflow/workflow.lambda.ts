import { createWorkflow } from './app.ts';
import { WorkflowConfig } from './config.ts';
import { awsDeps } from './wiring.ts';

export const handler = createWorkflow(await awsDeps(WorkflowConfig.parse(process.env)));
