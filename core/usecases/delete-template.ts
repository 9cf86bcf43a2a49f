import { Failure } from '../failures.ts';
import type { TemplateStore } from '../ports/template-store.ts';
import { builtInNamed } from '../templates/index.ts';

/**
 * Removes the owner's template; its versions stay readable by number, because jobs name them. Fails with `not_found`, also
 * when it is repeated, and with `conflict.state` for what ships.
 */
export const deleteTemplate = async (
  { templates }: { templates: TemplateStore },
  { owner, name }: { owner: string; name: string },
): Promise<void> => {
  if (builtInNamed(name))
    throw new Failure('conflict.state', { detail: 'The template ships with every deployment and cannot be removed.' });
  if (!(await templates.get(owner, name))) throw new Failure('not_found', { detail: 'There is no such template.' });
  await templates.remove(owner, name);
};
