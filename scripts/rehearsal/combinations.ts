/**
 * Options as people deploy them, each beside others that it could disagree with. Every value of every option that adds or
 * takes away resources is in one of them at least; test/unit/rehearsal.test.ts sees to it.
 */
export const combinations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'as it comes': {},
  'the least': { drop: 'false', auth: 'iam', database: 'dynamodb' },
  'people and a page of theirs': {
    auth: 'cognito',
    allowedOrigins: 'https://video.example.com',
    adminEmail: 'ops@example.com',
    alarmEmail: 'ops@example.com',
  },
  'the console behind a firewall': { auth: 'cognito', webFront: 'true', waf: 'true', runnerArchitecture: 'arm64' },
  'the console at a name of its own': {
    stage: 'prod',
    auth: 'cognito',
    webFront: 'true',
    waf: 'false',
    domainName: 'video.example.com',
    certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/0a1b2c3d',
    hostedZoneId: 'Z0123456789ABCDEFGHIJ',
  },
  'the API at a name of its own': {
    stage: 'prod',
    domainName: 'api.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d',
  },
  containers: { fargate: 'true', fargateSpot: 'true', runnerArchitecture: 'arm64' },
  'containers on demand, without a drop': { fargate: 'true', fargateSpot: 'false', drop: 'false', stage: 'qa' },
  PostgreSQL: { database: 'postgres', runnerArchitecture: 'arm64', drop: 'false' },
  'PostgreSQL for people': {
    stage: 'prod',
    database: 'postgres',
    auth: 'cognito',
    privateHosts: 'nas.example.com:8443',
    databaseMaxCapacity: '16',
  },
  'what looks and listens': { contentAnalysis: 'true', fargate: 'true', stage: 'qa' },
  'warm and limited': {
    apiWarm: '2',
    apiConcurrency: '20',
    runnerWarm: '1',
    runnerConcurrency: '40',
    transferConcurrency: '5',
    runnerMemoryMb: '10240',
  },
  'all of it': {
    stage: 'prod',
    auth: 'cognito',
    database: 'postgres',
    fargate: 'true',
    fargateSpot: 'true',
    webFront: 'true',
    waf: 'true',
    contentAnalysis: 'true',
    apiWarm: '1',
    runnerWarm: '1',
    alarmEmail: 'ops@example.com',
    runnerArchitecture: 'arm64',
    sourceBuckets: 'archive',
    deliveryBuckets: 'results',
  },
};
