/** Who is called is there, and lets itself be called. */
import { fields, type Finding, items, ofType, referred, type Template, type TemplateRule } from './template.ts';

/** Permissions to call a function of this template. */
const permits = (template: Template, functionId: string, principal: string, sourceId?: string): boolean =>
  ofType(template, 'AWS::Lambda::Permission').some(
    ([, { Properties }]) =>
      referred(Properties['FunctionName']) === functionId &&
      Properties['Principal'] === principal &&
      (sourceId === undefined || referred(Properties['SourceArn']) === sourceId),
  );

const isFunction = (template: Template, id: string | undefined): id is string =>
  id !== undefined && template.Resources[id]?.Type === 'AWS::Lambda::Function';

const routed = (template: Template): readonly Finding[] =>
  ofType(template, 'AWS::ApiGatewayV2::Integration')
    .filter(([, { Properties }]) => {
      const called = referred(Properties['IntegrationUri']);
      return isFunction(template, called) && !permits(template, called, 'apigateway.amazonaws.com');
    })
    .map(([logicalId]) => ({ logicalId, message: 'The function does not let API Gateway call it.' }));

const scheduled = (template: Template): readonly Finding[] =>
  ofType(template, 'AWS::Events::Rule')
    .filter(([rule, { Properties }]) =>
      items(Properties['Targets'])
        .map((target) => referred(fields(target)['Arn']))
        .some((called) => isFunction(template, called) && !permits(template, called, 'events.amazonaws.com', rule)),
    )
    .map(([logicalId]) => ({ logicalId, message: 'A function does not let this rule call it.' }));

export const callersArePermitted: TemplateRule = {
  name: 'CALLERS_ARE_PERMITTED',
  find: (template) => [...routed(template), ...scheduled(template)],
};

/** API Gateway takes a second route of the same key for an error, in the middle of a deploy. */
export const routesAreUnique: TemplateRule = {
  name: 'ROUTES_ARE_UNIQUE',
  find: (template) => {
    const seen = new Set<string>();
    return ofType(template, 'AWS::ApiGatewayV2::Route').flatMap(([logicalId, { Properties }]) => {
      const key = `${JSON.stringify(Properties['ApiId'])} ${String(Properties['RouteKey'])}`;
      if (seen.has(key)) return [{ logicalId, message: `There are two routes ${String(Properties['RouteKey'])}.` }];
      seen.add(key);
      return [];
    });
  },
};
