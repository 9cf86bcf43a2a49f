import { Failure, hasCode } from '../failures.ts';
import { invalidFields } from '../job/issues.ts';
import { type StoredTemplate, Template } from '../job/template-record.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { TemplateStore } from '../ports/template-store.ts';
import { comesFromSample, sampleCalls, templateErrors } from '../templates/check.ts';
import { expandTemplate } from '../templates/expand.ts';
import { builtInNamed } from '../templates/index.ts';
import { acceptJob } from './new-job.ts';

/** Fails with `spec.*` where no call could make a job of the template that this build carries out. */
const assertMakesJobs = (template: Template): void => {
  for (const call of sampleCalls(template)) {
    try {
      acceptJob(expandTemplate(template, call));
    } catch (error) {
      if (!(error instanceof Failure) || !error.facts.errors) throw error;
      const errors = error.facts.errors.filter((field) => !comesFromSample(template)(field));
      if (errors.length === error.facts.errors.length) throw error;
      if (errors.length > 0) throw invalidFields(errors);
    }
  }
};

/** Fails with `conflict.state` for names of templates that ship, and with `spec.*` at the fields that are wrong. */
const assertSound = (template: Template): void => {
  if (builtInNamed(template.name))
    throw new Failure('conflict.state', {
      detail: `A template named "${template.name}" ships with every deployment. Choose another name.`,
    });
  const errors = templateErrors(template);
  if (errors.length > 0) throw invalidFields(errors);
  assertMakesJobs(template);
};

/**
 * Stores the next version of a template, the first one where there was none. What equals the newest version is not
 * stored again, so that a request can be repeated. Fails with `conflict.state` and `spec.*`.
 */
export const putTemplate = async (
  deps: { templates: TemplateStore; clock: Clock },
  { owner, template: written }: { owner: string; template: Template },
): Promise<StoredTemplate> => {
  // With its fields in the order in which stored ones have them.
  const template = Template.parse(written);
  assertSound(template);
  for (;;) {
    const last = await deps.templates.lastVersion(owner, template.name);
    const newest = await deps.templates.get(owner, template.name);
    if (newest && JSON.stringify(newest.template) === JSON.stringify(template)) return newest;
    const next = { owner, template, version: last + 1, createdAt: instant(deps.clock.now()) };
    if (await isPut(deps, next)) return next;
  }
};

/** False where another request stored that version first. */
const isPut = async ({ templates }: { templates: TemplateStore }, next: StoredTemplate): Promise<boolean> => {
  try {
    await templates.put(next);
    return true;
  } catch (error) {
    if (hasCode(error, 'conflict.state')) return false;
    throw error;
  }
};
