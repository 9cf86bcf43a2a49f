import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { deployConfig } from '#lib/config.ts';
import { synthesize } from '#test/support/synth.ts';

const options = (context: Record<string, unknown>) => deployConfig(new App({ context }).node);

const certificate = (region: string): string => `arn:aws:acm:${region}:123456789012:certificate/0a1b`;

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
    [{ webFront: 'perhaps' }, /webFront: /],
    [{ webFront: 'true' }, /webFront: needs auth=cognito: people sign in/],
    [{ domainName: 'https://a.example.com' }, /domainName: must be the name of a host/],
    [{ domainName: 'a.example.com' }, /certificateArn: must be given with domainName/],
    [{ certificateArn: certificate('eu-west-1') }, /certificateArn: is for domainName, which is missing/],
    [{ domainName: 'a.example.com', certificateArn: 'mine' }, /certificateArn: must be the ARN of a certificate/],
    [
      { auth: 'cognito', webFront: true, domainName: 'a.example.com', certificateArn: certificate('eu-west-1') },
      /certificateArn: must be of us-east-1 with webFront=true/,
    ],
    [{ hostedZoneId: 'Z0123456789ABCDEFGHIJ' }, /hostedZoneId: is for domainName/],
    [{ apiWarm: '-1' }, /apiWarm: /],
    [{ apiWarm: '3', apiConcurrency: '2' }, /apiWarm: must not be more than apiConcurrency/],
    [{ runnerWarm: '3', runnerConcurrency: '2' }, /runnerWarm: must not be more than runnerConcurrency/],
  ])('that are wrong are named with what they must be: %j', (context, message) => {
    expect(() => options(context)).toThrow(message);
  });

  test('that agree are taken together', () => {
    const certificateArn = certificate('us-east-1');
    const given = { auth: 'cognito', webFront: 'true', domainName: 'a.example.com', certificateArn };
    expect(options(given)).toMatchObject({ webFront: true, waf: true, domainName: 'a.example.com' });
    const ofApi = { domainName: 'api.example.com', certificateArn: certificate('eu-west-1') };
    expect(options({ ...ofApi, apiWarm: 2, apiConcurrency: 2 })).toMatchObject({ webFront: false, apiWarm: 2 });
  });

  test('that are wrong are named all at once', () => {
    expect(() => options({ stage: 'A', auth: 'none' })).toThrow(/stage: [^]*auth: /);
  });

  test('that are wrong stop the synth with that message', async () => {
    await expect(synthesize({ auth: 'none' })).rejects.toThrow(/auth: Invalid option/);
  });
});
