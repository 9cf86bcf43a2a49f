import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { deployConfig } from '#lib/config.ts';
import { synthesize } from '#test/support/synth.ts';

const options = (context: Record<string, unknown>) => deployConfig(new App({ context }).node);

describe('deploy options', () => {
  test('all have a value that deploys', () => {
    expect(options({})).toMatchObject({ stage: 'dev', auth: 'iam', allowedOrigins: [], runnerMemoryMb: 3008 });
  });

  test('are read from the command line as text, and from cdk.json as JSON', () => {
    const text = options({ runnerMemoryMb: '4096', allowedOrigins: 'https://a.example.com, https://b.example.com' });
    const json = options({ runnerMemoryMb: 4096, allowedOrigins: ['https://a.example.com', 'https://b.example.com'] });
    expect(text).toEqual(json);
    expect(text.allowedOrigins).toEqual(['https://a.example.com', 'https://b.example.com']);
  });

  test.each([
    [{ stage: 'Prod_1' }, /stage: must be 1 to 16 of a-z/],
    [{ auth: 'none' }, /auth: Invalid option: expected one of "iam"\|"cognito"/],
    [{ auth: 'cognito', adminEmail: 'root' }, /adminEmail: /],
    [{ signInDomain: 'my-amazon' }, /signInDomain: must be the first part of a domain name/],
    [{ signInDomain: 'Video.Example' }, /signInDomain: /],
    [{ runnerMemoryMb: '20000' }, /runnerMemoryMb: .*10240/],
    [{ runnerMemoryMb: 'much' }, /runnerMemoryMb: /],
    [{ allowedOrigins: '*' }, /allowedOrigins\.0: must be an origin/],
    [{ allowedOrigins: 'https://a.example.com/path' }, /allowedOrigins\.0: must be an origin/],
    [{ logRetentionDays: '31' }, /logRetentionDays: must be one of 1, 3, 5/],
    [{ alarmEmail: 'nobody' }, /alarmEmail: /],
    [{ runnerArchitecture: 'riscv' }, /runnerArchitecture: /],
    [{ sourceBuckets: 'a bucket' }, /sourceBuckets\.0: must be the name of a bucket/],
    [{ deliveryBuckets: 'UPPER' }, /deliveryBuckets\.0: must be the name of a bucket/],
    [{ privateHosts: 'nas' }, /privateHosts\.0: must be host:port/],
    [{ speechProvider: 'parrot' }, /speechProvider: /],
    [{ drop: 'perhaps' }, /drop: /],
    [{ dropOwner: 'a/b' }, /dropOwner: /],
    [{ database: 'mysql' }, /database: Invalid option: expected one of "dynamodb"\|"postgres"/],
    [{ databaseMinCapacity: '0' }, /databaseMinCapacity: /],
    [{ databaseMaxCapacity: '2.3' }, /databaseMaxCapacity: /],
    [{ vpcCidr: '10.0.0.0/24' }, /vpcCidr: must be a block of \/16/],
  ])('that are wrong are named with what they must be: %j', (context, message) => {
    expect(() => options(context)).toThrow(message);
  });

  test('that are wrong are named all at once', () => {
    expect(() => options({ stage: 'A', auth: 'none' })).toThrow(/stage: [^]*auth: /);
  });

  test('that are wrong stop the synth with that message', async () => {
    await expect(synthesize({ auth: 'none' })).rejects.toThrow(/auth: Invalid option/);
  });
});
