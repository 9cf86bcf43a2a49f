import { createApp } from './app.ts';
import { ApiConfig } from './config.ts';
import { awsDeps } from './wiring.ts';

export const handler = createApp(await awsDeps(ApiConfig.parse(process.env)));
