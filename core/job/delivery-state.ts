/** How one delivery of one file stands. */
import * as z from 'zod';
import { FileName } from './file-name.ts';
import { Name } from './values.ts';

export const DeliveryState = z
  .strictObject({
    to: z.string().describe('As the job says it, without what may be a permission.'),
    output: Name,
    file: FileName,
    path: z.string().describe('Where it is put there.'),
    status: z.enum(['waiting', 'running', 'succeeded', 'failed', 'canceled']),
    url: z.string().nullable().describe('Where people find it, if the target says.'),
    error: z
      .strictObject({ code: z.string(), message: z.string(), retryable: z.boolean(), hint: z.string() })
      .nullable(),
  })
  .meta({ id: 'JobDelivery' });
export type DeliveryState = z.output<typeof DeliveryState>;
