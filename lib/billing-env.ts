/** What functions are told of what they run on, what it costs, how much users may ask for, and what is recognised. */
import type { BillingConfig } from '#core/usecases/billing.ts';
import { recognitionKinds } from '#core/job/recognition.ts';
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
    ...(config.fargate
      ? {
          FARGATE_VCPUS: String(config.fargateVcpus),
          FARGATE_CONCURRENT_VCPUS: String(config.fargateConcurrency),
          FARGATE_SPOT: String(config.fargateSpot),
        }
      : {}),
  }) satisfies EnvOf<typeof BillingConfig>;

export const quotaEnv = (config: DeployConfig) =>
  ({
    QUOTAS: JSON.stringify(
      Object.fromEntries(Object.entries(config).filter(([name]) => Object.hasOwn(Quotas.shape, name))),
    ),
  }) satisfies EnvOf<typeof QuotaConfig>;

export const recognisesEnv = ({ contentAnalysis }: DeployConfig) => ({
  RECOGNISES: contentAnalysis ? recognitionKinds.join(',') : '',
});
