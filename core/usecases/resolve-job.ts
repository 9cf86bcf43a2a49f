import { Failure } from '../failures.ts';
import { nearest } from '../job/references.ts';
import type { JobRequest, TemplateCall } from '../job/spec.ts';
import type { ResolvedJob } from '../job/state.ts';
import type { TemplateStore } from '../ports/template-store.ts';
import { expandTemplate } from '../templates/expand.ts';
import { builtInNamed, builtIns } from '../templates/index.ts';
import type { FoundTemplate } from '../templates/template.ts';
import { assertNotify } from './notify-address.ts';

export type ResolveDeps = {
  templates: Pick<TemplateStore, 'get' | 'list'>;
  /** Servers of the deployer's own network that may be notified, as `host:port`. */
  privateHosts?: readonly string[];
};

/** Enough names to guess which one was meant. */
const namesAtMost = 1000;

const unknown = (pointer: string, message: string): Failure =>
  new Failure('spec.unknown_reference', {
    detail: `${pointer}: ${message}`,
    errors: [{ pointer, code: 'spec.unknown_reference', message }],
  });

const unknownName = async ({ templates }: ResolveDeps, owner: string, name: string): Promise<Failure> => {
  const own = (await templates.list({ owner, limit: namesAtMost })).items.map(({ template }) => template.name);
  const names = [...builtIns.map((template) => template.name), ...own];
  const guess = nearest(name, names);
  const remedy = guess ? `; did you mean "${guess}"?` : `: there are ${names.slice(0, 20).join(', ')}`;
  return unknown('/template', `there is no template "${name}"${remedy}`);
};

/** The template that a call names: one that ships, or the owner's. Fails with `spec.unknown_reference`. */
export const calledTemplate = async (
  deps: ResolveDeps,
  owner: string,
  { template: name, templateVersion }: Pick<TemplateCall, 'template' | 'templateVersion'>,
): Promise<FoundTemplate> => {
  const builtIn = builtInNamed(name);
  if (builtIn && templateVersion !== undefined)
    throw unknown('/templateVersion', `the template "${name}" ships with the deployment and has no versions`);
  if (builtIn) return { template: builtIn, version: null };
  const stored = await deps.templates.get(owner, name, templateVersion);
  if (stored) return stored;
  const isNamed = templateVersion !== undefined && (await deps.templates.get(owner, name)) !== undefined;
  throw isNamed
    ? unknown('/templateVersion', `the template "${name}" has no version ${templateVersion}`)
    : await unknownName(deps, owner, name);
};

/**
 * The job that a request stands for: its template is looked up among what ships and what the owner stored, and written
 * out. Fails with `spec.*`.
 */
export const resolveJob = async (deps: ResolveDeps, owner: string, request: JobRequest): Promise<ResolvedJob> => {
  const resolved = await writtenOut(deps, owner, request);
  assertNotify(resolved.spec, deps.privateHosts);
  return resolved;
};

const writtenOut = async (deps: ResolveDeps, owner: string, request: JobRequest): Promise<ResolvedJob> => {
  if (!('template' in request)) return { spec: request, template: null, templateVersion: null };
  const { template, version } = await calledTemplate(deps, owner, request);
  return { spec: expandTemplate(template, request), template: template.name, templateVersion: version };
};
