import { createSchemaUpdate } from './app.ts';
import { SchemaConfig } from './config.ts';
import { awsDeps } from './wiring.ts';

export const handler = createSchemaUpdate(awsDeps(SchemaConfig.parse(process.env)));
