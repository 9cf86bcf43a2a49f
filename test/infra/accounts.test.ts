/** `auth=cognito`: the user pool, who may call what, and what the API's function may do with users. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { passwordRules } from '#core/job/user.ts';
import { routes } from '#functions/api/routes/index.ts';
import { type Part, type Synthesized, resourcesOf, synthesize } from '#test/support/synth.ts';

let deployment: Synthesized;

beforeAll(async () => {
  deployment = await synthesize({
    auth: 'cognito',
    stage: 'prod',
    adminEmail: 'ops@example.com',
    allowedOrigins: 'https://video.example.com',
  });
});

afterAll(() => deployment.remove());

const only = (part: Part, type: string) => {
  const [found, ...others] = resourcesOf(deployment.templates[part], type);
  if (!found || others.length > 0) throw new Error(`not one ${type}`);
  const [id, resource] = found;
  return { id, ...resource, properties: resource.Properties };
};

describe('the user pool', () => {
  test('takes nobody in by itself, asks for strong passwords, and outlives its stack', () => {
    const { properties, DeletionPolicy } = only('identity', 'AWS::Cognito::UserPool');
    expect(properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      Policies: {
        PasswordPolicy: {
          MinimumLength: passwordRules.minLength,
          RequireLowercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
          RequireUppercase: true,
        },
      },
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_email', Priority: 1 }] },
      UserPoolTier: 'ESSENTIALS',
      DeletionProtection: 'ACTIVE',
    });
    expect(DeletionPolicy).toBe('Retain');
  });

  test('has administrators, and invites the first', () => {
    expect(only('identity', 'AWS::Cognito::UserPoolGroup').properties['GroupName']).toBe('admin');
    expect(only('identity', 'AWS::Cognito::UserPoolUser')).toMatchObject({
      DeletionPolicy: 'Retain',
      properties: { Username: 'ops@example.com', DesiredDeliveryMediums: ['EMAIL'] },
    });
    expect(only('identity', 'AWS::Cognito::UserPoolUserToGroupAttachment').properties).toMatchObject({
      Username: 'ops@example.com',
      GroupName: expect.anything(),
    });
  });

  test('has pages to sign in, at an address that no other deployment has', () => {
    const { properties } = only('identity', 'AWS::Cognito::UserPoolDomain');
    expect(properties['ManagedLoginVersion']).toBe(2);
    expect(JSON.stringify(properties['Domain'])).toMatch(/kinoduct-prod-.*AWS::StackId/);
    expect(only('api', 'AWS::Cognito::ManagedLoginBranding').properties).toMatchObject({
      UseCognitoProvidedValues: true,
    });
  });

  test('has an app client without a secret, whose tokens are short and whose refresh tokens are used once', () => {
    const { properties } = only('api', 'AWS::Cognito::UserPoolClient');
    expect(properties).toMatchObject({
      GenerateSecret: false,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      AllowedOAuthFlows: ['code'],
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
      AccessTokenValidity: 60,
      RefreshTokenValidity: 43_200,
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
      WriteAttributes: ['email', 'name'],
    });
    const pages = ['https://video.example.com/', { 'Fn::Join': ['', [{ 'Fn::GetAtt': expect.anything() }, '/']] }];
    expect([properties['CallbackURLs'], properties['LogoutURLs']]).toEqual([pages, pages]);
  });
});

describe('API Gateway', () => {
  test('lets nobody through without a token of that pool and client where the table asks for it', () => {
    const authorizer = only('api', 'AWS::ApiGatewayV2::Authorizer');
    expect(authorizer.properties).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Audience: [{ Ref: only('api', 'AWS::Cognito::UserPoolClient').id }] },
    });
    expect(JSON.stringify(authorizer.properties)).toMatch(
      /https:\/\/cognito-idp\..*AWS::Region.*identity:ExportsOutputRefUsers/,
    );
    const found = new Map(
      resourcesOf(deployment.templates.api, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => [
        Properties['RouteKey'],
        [Properties['AuthorizationType'], Properties['AuthorizerId']],
      ]),
    );
    expect(found.size).toBe(routes.length);
    for (const { method, path, auth } of routes)
      expect([path, ...(found.get(`${method} ${path}`) ?? [])]).toEqual(
        auth ? [path, 'JWT', { Ref: authorizer.id }] : [path, 'NONE', undefined],
      );
  });
});

describe('the function of the API', () => {
  test('knows the pool and its client', () => {
    const functions = resourcesOf(deployment.templates.api, 'AWS::Lambda::Function');
    expect(functions[0]?.[1].Properties['Environment']).toMatchObject({
      Variables: {
        USER_POOL_ID: { 'Fn::ImportValue': expect.stringContaining('identity') },
        USER_POOL_CLIENT_ID: { Ref: only('api', 'AWS::Cognito::UserPoolClient').id },
      },
    });
  });

  test('makes, reads and lists users of the one pool; no function does more, and no other does that', () => {
    const granted = Object.values(deployment.templates).flatMap((template) =>
      resourcesOf(template, 'AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
        (Properties['PolicyDocument'] as { Statement: { Action: unknown; Resource: unknown }[] }).Statement.filter(
          // true: policies have statements
          ({ Action }) => JSON.stringify(Action).includes('cognito'),
        ).map(({ Action, Resource }) => ({ id: id.replace(/RoleDefaultPolicy\w+$/, ''), Action, Resource })),
      ),
    );
    expect(granted).toEqual([
      {
        id: 'Api',
        Action: [
          'cognito-idp:AdminCreateUser',
          'cognito-idp:AdminGetUser',
          'cognito-idp:AdminSetUserPassword',
          'cognito-idp:ListUsers',
        ],
        Resource: { 'Fn::ImportValue': expect.stringContaining('Users') },
      },
    ]);
  });
});

test('the deployment tells where people sign in', () => {
  const outputs = deployment.templates.api.Outputs ?? {};
  expect(Object.keys(outputs)).toEqual(expect.arrayContaining(['ApiUrl', 'UserPoolClientId', 'SignInUrl']));
  expect(JSON.stringify(outputs['SignInUrl'])).toMatch(/\/login\?client_id=.*redirect_uri=/);
  expect(Object.keys(deployment.templates.identity.Outputs ?? {})).toContain('UserPoolId');
});
