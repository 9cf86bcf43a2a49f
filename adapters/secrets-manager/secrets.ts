/** Secrets of AWS Secrets Manager below one prefix, which is as far as the functions' permissions reach. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Secrets } from '#core/ports/secrets.ts';

const keptMs = 5 * 60_000;

/** The names of https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html, "Errors". */
const failureOf = (error: unknown, name: string): unknown => {
  if (!(error instanceof Error)) return error;
  const cause = { cause: error };
  switch (error.name) {
    case 'ResourceNotFoundException':
      return new Failure('spec.unknown_reference', { detail: `The secret "${name}" does not exist here.` }, cause);
    case 'InvalidRequestException': // marked for deletion
      return new Failure('spec.unknown_reference', { detail: `The secret "${name}" cannot be read any more.` }, cause);
    case 'ThrottlingException':
      return new Failure('platform.throttled', {}, cause);
    default:
      return new Failure('platform.internal', { detail: `The secret "${name}" could not be read.` }, cause);
  }
};

/** Reads a secret of the deployment's own, which no job can name, each time it is asked for. Fails with `platform.internal`. */
export const secretOfArn = (client: Pick<SecretsManagerClient, 'send'>, arn: string) => async (): Promise<string> => {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    if (SecretString) return SecretString;
  } catch (error) {
    throw new Failure('platform.internal', {}, { cause: error });
  }
  throw new Failure('platform.internal');
};

/**
 * The secret `drive` is the one that Secrets Manager knows by `prefix` + `drive`. Values are kept in memory for five
 * minutes: a new one counts after that at the latest. Absence is not kept.
 */
export const secretsManagerSecrets = ({
  client,
  prefix,
  clock = Date,
}: {
  client: Pick<SecretsManagerClient, 'send'>;
  /** Such as `kinoduct/prod/`. */
  prefix: string;
  clock?: Pick<Clock, 'now'>;
}): Secrets => {
  const known = new Map<string, { readonly value: string; readonly until: number }>();
  return {
    read: async (name) => {
      const kept = known.get(name);
      if (kept && clock.now() < kept.until) return kept.value;
      known.delete(name);
      let value: string | undefined;
      try {
        ({ SecretString: value } = await client.send(new GetSecretValueCommand({ SecretId: `${prefix}${name}` })));
      } catch (error) {
        throw failureOf(error, name);
      }
      if (value === undefined)
        throw new Failure('spec.unknown_reference', { detail: `The secret "${name}" is not text.` });
      known.set(name, { value, until: clock.now() + keptMs });
      return value;
    },
  };
};
