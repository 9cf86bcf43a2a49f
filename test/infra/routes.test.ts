import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '#functions/api/routes/index.ts';
import { configured, resourcesOf, synthesize, type Synthesized } from '#test/support/synth.ts';

let deployment: Synthesized;

beforeAll(async () => {
  deployment = await synthesize(configured);
});

afterAll(() => deployment.remove());

const properties = (type: string): Record<string, unknown>[] =>
  resourcesOf(deployment.templates.api, type).map(([, resource]) => resource.Properties);

describe('API Gateway', () => {
  test('has a route for each of the table, and no other', () => {
    const keys = properties('AWS::ApiGatewayV2::Route').map((route) => String(route['RouteKey']));
    expect(keys.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test('lets nobody through without a signature where the table asks for it', () => {
    const authorization = new Map(
      properties('AWS::ApiGatewayV2::Route').map((route) => [route['RouteKey'], route['AuthorizationType']]),
    );
    for (const { method, path, auth } of routes)
      expect(authorization.get(`${method} ${path}`), path).toBe(auth ? 'AWS_IAM' : 'NONE');
    expect(routes.filter(({ auth }) => auth).length).toBeGreaterThan(routes.length / 2);
  });

  test('throttles, and logs each request without its query and its credentials', () => {
    const [stage] = properties('AWS::ApiGatewayV2::Stage');
    expect(stage).toMatchObject({
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 100 },
    });
    const { Format } = (stage?.['AccessLogSettings'] ?? {}) as { Format: string }; // true: the stage has them
    expect(Object.keys(JSON.parse(Format) as object)).toContain('requestId');
    expect(Format).not.toMatch(/quer|authorization|signature/i);
  });

  test('answers preflights of the origins that were named', () => {
    expect(properties('AWS::ApiGatewayV2::Api')[0]?.['CorsConfiguration']).toMatchObject({
      AllowOrigins: ['https://a.example.com', 'https://b.example.com'],
      AllowHeaders: expect.arrayContaining(['authorization', 'content-type', 'idempotency-key']),
      ExposeHeaders: expect.arrayContaining(['etag', 'location']),
    });
  });

  test('may invoke the function, and tells its address', () => {
    expect(properties('AWS::Lambda::Permission')).toHaveLength(1);
    expect(Object.keys(deployment.templates.api.Outputs ?? {})).toEqual(expect.arrayContaining(['ApiUrl', 'ApiArn']));
  });
});
