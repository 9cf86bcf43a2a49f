/**
 * What every template must hold, whatever the options: as Guard rules where those can tell, else as functions. They are
 * run by each synth, after the rules that come with the CDK and those of cdk-nag.
 */
import { readdirSync, readFileSync } from 'node:fs';
import {
  CloudFormationValidatePlugin,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyViolation,
} from 'aws-cdk-lib';
import { containersFitTheirTask, dashboardsAreJson } from './documents.ts';
import { callersArePermitted, routesAreUnique } from './invocations.ts';
import { namesHaveTheirStage } from './names.ts';
import { executionsMayLog, tasksAreBounded } from './state-machines.ts';
import { Template, type TemplateRule } from './template.ts';

const templateRules = (stage: string): readonly TemplateRule[] => [
  namesHaveTheirStage(stage),
  tasksAreBounded,
  executionsMayLog,
  callersArePermitted,
  routesAreUnique,
  dashboardsAreJson,
  containersFitTheirTask,
];

const violationsIn = (rules: readonly TemplateRule[], templatePath: string): readonly PolicyViolation[] => {
  const template = Template.parse(JSON.parse(readFileSync(templatePath, 'utf8')));
  return rules.flatMap(({ name, find }) =>
    find(template).map(({ logicalId, message }) => ({
      ruleName: name,
      description: message,
      severity: 'error',
      violatingResources: [{ resourceLogicalId: logicalId, templatePath, locations: [] }],
    })),
  );
};

const ofTemplates = (rules: readonly TemplateRule[]): IPolicyValidationPlugin => ({
  name: 'Kinoduct',
  ruleIds: rules.map(({ name }) => name),
  validate: ({ stackTemplates }) => {
    const violations = stackTemplates.flatMap(({ templatePath }) => violationsIn(rules, templatePath));
    return { success: violations.length === 0, violations };
  },
});

const folder = new URL('./', import.meta.url);

/** The texts of the Guard rules of this folder. */
export const guardRules = (): { readonly name: string; readonly content: string }[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.guard'))
    .toSorted()
    .map((name) => ({ name, content: readFileSync(new URL(name, folder), 'utf8') }));

/** The rules that come with the CDK, and ours in the language Guard, whose findings the CDK takes for warnings. */
const guarded = (): IPolicyValidationPlugin => {
  const texts = guardRules();
  const own = new Set(
    texts.flatMap(({ content }) => [...content.matchAll(/^rule (\w+)/gm)].map(([, name = '']) => name)),
  );
  const plugin = new CloudFormationValidatePlugin({ guardRules: texts });
  const validate = plugin.validate.bind(plugin);
  // The CDK must see that it is its own plugin, in whose place it is.
  return Object.assign(plugin, {
    validate: (context: IPolicyValidationContext): PolicyValidationPluginReport => {
      const { violations, success, ...report } = validate(context);
      const isOwn = ({ ruleName }: PolicyViolation): boolean => own.has(ruleName);
      return {
        ...report,
        success: success && !violations.some(isOwn),
        violations: violations.map((found) => (isOwn(found) ? { ...found, severity: 'error' } : found)),
      };
    },
  });
};

/** One that finds something fails the synth. */
export const ourRules = ({ stage }: { readonly stage: string }): readonly IPolicyValidationPlugin[] => [
  guarded(),
  ofTemplates(templateRules(stage)),
];
