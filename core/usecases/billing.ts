/** What a deployment runs on and what it pays for that, as its functions are told in their environment. */
import * as z from 'zod';
import type { Capacity } from '../planner/capacity.ts';
import type { Billing } from '../planner/price.ts';
import { PriceOverrides, pricesWith } from '../planner/prices.ts';
import { json } from './json-text.ts';

const whole = (value: number, least = 1) => z.coerce.number().int().min(least).default(value);

/** Prices that a deployment states instead of ours, as JSON: `{"asOf":"2026-12-01","lambdaGbSecondX86":0.00002}`. */
export const PricesText = z.string().default('{}').transform(json).pipe(PriceOverrides);

/** Part of the environment of every function that plans or prices. */
export const BillingConfig = z.object({
  RUNNER_MEMORY_MB: whole(3008),
  RUNNER_STORAGE_MB: whole(10_240),
  RUNNER_ARCHITECTURE: z.enum(['x86_64', 'arm64']).default('x86_64'),
  /** Runs of the runner's function at once: what is reserved for it, else the account's concurrency. */
  RUNNER_CONCURRENCY: whole(1000),
  /** How much of that one job may take. */
  CONCURRENCY_SHARE: z.coerce.number().positive().max(1).default(0.5),
  /** Of the largest container on Fargate; 0 where there are none. */
  FARGATE_VCPUS: whole(0, 0),
  /** Of all containers that run at once. */
  FARGATE_CONCURRENT_VCPUS: whole(6),
  /** Whether they run on spare capacity first. */
  FARGATE_SPOT: z.stringbool().default(true),
  PRICES: PricesText,
});
export type BillingConfig = z.output<typeof BillingConfig>;

export const billingOf = (config: BillingConfig): Billing => {
  const capacity: Capacity = {
    kind: 'aws',
    lambda: {
      memoryMb: config.RUNNER_MEMORY_MB,
      storageMb: config.RUNNER_STORAGE_MB,
      concurrency: config.RUNNER_CONCURRENCY,
      share: config.CONCURRENCY_SHARE,
      architecture: config.RUNNER_ARCHITECTURE,
    },
    fargate:
      config.FARGATE_VCPUS === 0
        ? null
        : {
            vcpus: config.FARGATE_VCPUS,
            concurrentVcpus: config.FARGATE_CONCURRENT_VCPUS,
            spot: config.FARGATE_SPOT,
            architecture: config.RUNNER_ARCHITECTURE,
          },
  };
  return { capacity, prices: pricesWith(config.PRICES) };
};

/** Of one machine: its work is free, and is shown as it would be on AWS. */
export const localBilling = (
  { workers, vcpus }: { readonly workers: number; readonly vcpus: number },
  prices: PriceOverrides = {},
): Billing => ({ capacity: { kind: 'local', workers, vcpus }, prices: pricesWith(prices) });
