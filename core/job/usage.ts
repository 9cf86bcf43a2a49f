/** What owners used, day by day, and what is reserved for jobs that have not ended. */
import * as z from 'zod';
import { JobId, Owner } from './ids.ts';

/** A day of UTC. */
export const Day = z.iso.date();

/** A counter that a job adds one to, as far as `most`; `open` ones get it back when the job has ended. */
export const Taken = z.strictObject({ counter: z.string().min(1).max(200), most: z.int().min(0), open: z.boolean() });
export type Taken = z.output<typeof Taken>;

export const Reservation = z.strictObject({
  jobId: JobId,
  owner: Owner,
  /** Empty of a job without one. */
  template: z.string(),
  day: Day,
  at: z.iso.datetime(),
  taken: z.array(Taken),
});
export type Reservation = z.output<typeof Reservation>;

/** What one job used, or many together. */
export const Used = z.strictObject({
  jobs: z.number().min(0),
  outputSeconds: z.number().min(0),
  inputBytes: z.number().min(0),
  usd: z.number().min(0),
  /** CPU seconds of finished tasks, and what the calibration had predicted for them. */
  cpuMeasured: z.number().min(0),
  cpuPredicted: z.number().min(0),
});
export type Used = z.output<typeof Used>;
export const usedNames = Object.keys(Used.shape) as readonly (keyof Used)[]; // true: of that very object

export const UsageRow = z.strictObject({ owner: Owner, day: Day, template: z.string(), ...Used.shape });
export type UsageRow = z.output<typeof UsageRow>;

/** Stands for all owners: each job is counted for it as well, without its template. No owner has this name. */
export const everybody = 'all-owners';

export const nothingUsed: Used = {
  jobs: 0,
  outputSeconds: 0,
  inputBytes: 0,
  usd: 0,
  cpuMeasured: 0,
  cpuPredicted: 0,
};

export const addUsed = (a: Used, b: Used): Used => ({
  jobs: a.jobs + b.jobs,
  outputSeconds: a.outputSeconds + b.outputSeconds,
  inputBytes: a.inputBytes + b.inputBytes,
  usd: a.usd + b.usd,
  cpuMeasured: a.cpuMeasured + b.cpuMeasured,
  cpuPredicted: a.cpuPredicted + b.cpuPredicted,
});
