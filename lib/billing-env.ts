/** What functions are told of what they run on, what it costs, and how much users may ask for. */
import type { BillingConfig } from '#core/usecases/billing.ts';
import { type QuotaConfig, Quotas } from '#core/usecases/quotas.ts';
import type { DeployConfig } from './config.ts';
import type { EnvOf } from './env-of.ts';

export const billingEnv = (config: DeployConfig) =>
  ({
    RUNNER_MEMORY_MB: String(config.runnerMemoryMb),
    RUNNER_STORAGE_MB: String(config.runnerStorageMb),
    RUNNER_ARCHITECTURE: config.runnerArchitecture,
    RUNNER_CONCURRENCY: String(config.runnerConcurrency ?? config.accountConcurrency),
    CONCURRENCY_SHARE: String(config.concurrencyShare),
    PRICES: JSON.stringify(config.prices),
  }) satisfies EnvOf<typeof BillingConfig>;

export const quotaEnv = (config: DeployConfig) =>
  ({
    QUOTAS: JSON.stringify(
      Object.fromEntries(Object.entries(config).filter(([name]) => Object.hasOwn(Quotas.shape, name))),
    ),
  }) satisfies EnvOf<typeof QuotaConfig>;
