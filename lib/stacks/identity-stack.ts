import { type App, CfnOutput, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolUser,
  CfnUserPoolUserToGroupAttachment,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  UserPool,
  UserPoolDomain,
  UserPoolGroup,
} from 'aws-cdk-lib/aws-cognito';
import { passwordRules } from '#core/job/user.ts';
import { type DeployConfig, isProtected, stackName } from '../config.ts';
import { accept } from '../constructs/accept.ts';

export interface Accounts {
  readonly userPool: UserPool;
  /** Of managed login. */
  readonly domain: UserPoolDomain;
}

/** Nobody signs up by themselves; the e-mail address is the name to sign in with, and `sub` is who owns what is made. */
const userPoolOf = (stack: Stack, config: DeployConfig): UserPool => {
  const pool = new UserPool(stack, 'Users', {
    userPoolName: stackName(config, 'users'),
    featurePlan: FeaturePlan.ESSENTIALS,
    selfSignUpEnabled: false,
    signInAliases: { email: true },
    signInCaseSensitive: false,
    autoVerify: { email: true },
    // A new address counts when it has been verified: until then the old one does.
    keepOriginal: { email: true },
    standardAttributes: { email: { required: true, mutable: true }, fullname: { required: false, mutable: true } },
    passwordPolicy: {
      minLength: passwordRules.minLength,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      requireSymbols: true,
      tempPasswordValidity: Duration.days(7),
    },
    mfa: Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    userInvitation: {
      emailSubject: 'Your account on Kinoduct',
      emailBody:
        'Sign in as {username} with the temporary password {####}. You will be asked to choose one of your own. It is valid for seven days.',
    },
    deletionProtection: isProtected(config),
    removalPolicy: RemovalPolicy.RETAIN,
  });
  accept(pool, {
    'AwsSolutions-COG2': 'A second factor is each user’s choice: programs get tokens for a password, too.',
    'AwsSolutions-COG8':
      'The plan "plus" costs for every user from the first. Nobody can sign up, passwords are strong and Cognito slows guessing down.',
  });
  return pool;
};

/** Prefixes are unique among all deployments of a region. The id of the stack is made once, and so is this. */
const domainPrefix = (stack: Stack, { stage, signInDomain }: DeployConfig): string => {
  const uuid = Fn.select(2, Fn.split('/', stack.stackId));
  return signInDomain ?? `kinoduct-${stage}-${Fn.select(0, Fn.split('-', uuid))}`;
};

/** Whom Cognito invites at the first deployment. A later change of the option invites another and keeps this one. */
const firstAdmin = (stack: Stack, { userPoolId }: UserPool, group: UserPoolGroup, email: string): void => {
  const user = new CfnUserPoolUser(stack, 'FirstAdmin', {
    userPoolId,
    username: email,
    desiredDeliveryMediums: ['EMAIL'],
    userAttributes: [
      { name: 'email', value: email },
      { name: 'email_verified', value: 'true' },
    ],
  });
  const membership = new CfnUserPoolUserToGroupAttachment(stack, 'FirstAdminIsAdmin', {
    userPoolId,
    groupName: group.groupName,
    username: email,
  });
  membership.addDependency(user);
  for (const resource of [user, membership]) resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
};

/** The users of a deployment with `auth=cognito`. They are kept when the stack is deleted. */
export const identityStack = (app: App, config: DeployConfig): Accounts => {
  const stack = new Stack(app, stackName(config, 'identity'), {
    description: 'Kinoduct: users',
    terminationProtection: isProtected(config),
  });
  const userPool = userPoolOf(stack, config);
  const domain = new UserPoolDomain(stack, 'SignIn', {
    userPool,
    cognitoDomain: { domainPrefix: domainPrefix(stack, config) },
    managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
  });
  const admins = new UserPoolGroup(stack, 'Admins', {
    userPool,
    groupName: 'admin',
    description: 'May make and list users',
  });
  if (config.adminEmail) firstAdmin(stack, userPool, admins, config.adminEmail);
  new CfnOutput(stack, 'UserPoolId', { value: userPool.userPoolId, description: 'The users' });
  return { userPool, domain };
};
