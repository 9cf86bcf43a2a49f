import { createDrop } from './app.ts';
import { DropConfig } from './config.ts';
import { awsDeps } from './wiring.ts';

export const handler = createDrop(await awsDeps(DropConfig.parse(process.env)));
