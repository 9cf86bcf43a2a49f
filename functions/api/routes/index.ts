/** Every route. API Gateway, the app and the OpenAPI document are made from this list. A test compares it with the folder. */
import type { Route } from '../route.ts';
import { abortUpload } from './abort-upload.ts';
import { openapi, root } from './about.ts';
import { createToken, revokeToken } from './auth.ts';
import { cancelJob } from './cancel-job.ts';
import { completeUpload } from './complete-upload.ts';
import { createUpload } from './create-upload.ts';
import { deleteJob } from './delete-job.ts';
import { getJob } from './get-job.ts';
import { getUpload } from './get-upload.ts';
import { health, healthHead } from './health.ts';
import { listEvents } from './list-events.ts';
import { listJobs } from './list-jobs.ts';
import { deleteMedia, getMedia, listMedia, openMedia } from './media.ts';
import { openOutput, openOutputFile } from './open-output.ts';
import { probeSource } from './probe-source.ts';
import { readLog } from './read-log.ts';
import { readUsage } from './read-usage.ts';
import { retryJob } from './retry-job.ts';
import { showPlan } from './show-plan.ts';
import { signParts } from './sign-parts.ts';
import { stats } from './stats.ts';
import { submitJob } from './submit-job.ts';
import { deleteTemplate, getTemplate, listTemplates, putTemplate } from './templates.ts';
import { changePassword, createUser, getUser, listUsers, me } from './users.ts';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhookDeliveries,
  listWebhooks,
  replayDelivery,
  rotateWebhookSecret,
} from './webhooks.ts';

export const routes: readonly Route[] = [
  createUpload,
  signParts,
  completeUpload,
  getUpload,
  abortUpload,
  submitJob,
  showPlan,
  listJobs,
  getJob,
  cancelJob,
  retryJob,
  deleteJob,
  openOutput,
  openOutputFile,
  readLog,
  listEvents,
  probeSource,
  listMedia,
  getMedia,
  openMedia,
  deleteMedia,
  listTemplates,
  getTemplate,
  putTemplate,
  deleteTemplate,
  listWebhooks,
  createWebhook,
  getWebhook,
  rotateWebhookSecret,
  deleteWebhook,
  listWebhookDeliveries,
  replayDelivery,
  createUser,
  listUsers,
  getUser,
  me,
  changePassword,
  createToken,
  revokeToken,
  stats,
  readUsage,
  health,
  healthHead,
  openapi,
  root,
];
