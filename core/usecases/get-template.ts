import { Failure } from '../failures.ts';
import type { TemplateStore } from '../ports/template-store.ts';
import { builtInNamed } from '../templates/index.ts';
import { builtInView, storedView, type TemplateView } from '../templates/view.ts';

/** One that ships, or the owner's: its newest version, or the named one. Fails with `not_found`. */
export const getTemplate = async (
  { templates }: { templates: TemplateStore },
  { owner, name, version }: { owner: string; name: string; version?: number },
): Promise<TemplateView> => {
  const builtIn = version === undefined ? builtInNamed(name) : undefined;
  if (builtIn) return builtInView(builtIn);
  const stored = await templates.get(owner, name, version);
  if (!stored) throw new Failure('not_found', { detail: 'There is no such template.' });
  return storedView(stored);
};
