/** Schemas that several routes share. */
import * as z from 'zod';
import { JobId, UploadId } from '#core/job/ids.ts';

export const JobParams = z.strictObject({ id: JobId });
export const UploadParams = z.strictObject({ id: UploadId });
