/** What the state machine asks ECS for. */
import * as z from 'zod';
import type { Container } from './harness.ts';

/** Fails where anything else is asked of it than what the construct makes. */
const RunTask = z.strictObject({
  Cluster: z.literal('${RunnerCluster}'),
  TaskDefinition: z.literal('${RunnerContainer}'),
  CapacityProviderStrategy: z.tuple([
    z.strictObject({ CapacityProvider: z.enum(['FARGATE', 'FARGATE_SPOT']), Weight: z.literal(1) }),
  ]),
  EnableExecuteCommand: z.literal(false),
  NetworkConfiguration: z.unknown(),
  Overrides: z.strictObject({
    Cpu: z.string(),
    Memory: z.string(),
    EphemeralStorage: z.strictObject({ SizeInGiB: z.int() }),
    ContainerOverrides: z.tuple([
      z.strictObject({
        Name: z.literal('runner'),
        Command: z.tuple([z.string()]),
        Environment: z.tuple([z.strictObject({ Name: z.literal('SPOT'), Value: z.string() })]),
      }),
    ]),
  }),
});

export const containerOf = (parameters: unknown): Container => {
  const { CapacityProviderStrategy, Overrides } = RunTask.parse(parameters);
  const [{ Command, Environment }] = Overrides.ContainerOverrides;
  return {
    on: CapacityProviderStrategy[0].CapacityProvider,
    spot: Environment[0].Value,
    size: { cpu: Overrides.Cpu, memory: Overrides.Memory, disk: Overrides.EphemeralStorage.SizeInGiB },
    payload: Command[0],
  };
};
