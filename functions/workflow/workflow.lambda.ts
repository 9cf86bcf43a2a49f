import { createWorkflow } from './app.ts';
import { WorkflowConfig } from './config.ts';
import { awsDeps } from './wiring.ts';

export const handler = createWorkflow(awsDeps(WorkflowConfig.parse(process.env)));
