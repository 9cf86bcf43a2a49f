/** Documents inside of templates, which CloudFormation hands on unread. */
import { fields, items, ofType, type TemplateRule, textOf } from './template.ts';

const columns = 24;

const objection = (body: unknown): string | undefined => {
  const text = textOf(body);
  if (text === undefined) return 'The body of the dashboard is no text.';
  try {
    const widgets = items(fields(JSON.parse(text))['widgets']).map(fields);
    if (widgets.length === 0) return 'The dashboard has no widgets.';
    const isWide = ({ x, width }: Readonly<Record<string, unknown>>): boolean =>
      Number(x ?? 0) + Number(width ?? 0) > columns;
    return widgets.some(isWide) ? `A widget reaches beyond column ${columns}.` : undefined;
  } catch {
    return 'The body of the dashboard is no JSON.';
  }
};

export const dashboardsAreJson: TemplateRule = {
  name: 'DASHBOARDS_ARE_JSON',
  find: (template) =>
    ofType(template, 'AWS::CloudWatch::Dashboard').flatMap(([logicalId, { Properties }]) => {
      const message = objection(Properties['DashboardBody']);
      return message === undefined ? [] : [{ logicalId, message }];
    }),
};

/** ECS refuses such a task when it is started, not when it is deployed. */
export const containersFitTheirTask: TemplateRule = {
  name: 'CONTAINERS_FIT_THEIR_TASK',
  find: (template) =>
    ofType(template, 'AWS::ECS::TaskDefinition')
      .filter(([, { Properties }]) => {
        const containers = items(Properties['ContainerDefinitions']).map(fields);
        const sum = (name: string): number => containers.reduce((all, each) => all + Number(each[name] ?? 0), 0);
        return sum('Memory') > Number(Properties['Memory']) || sum('Cpu') > Number(Properties['Cpu']);
      })
      .map(([logicalId]) => ({ logicalId, message: 'The containers want more than their task has.' })),
};
