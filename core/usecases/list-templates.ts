import { templatePages } from '../job/paging.ts';
import type { Page } from '../ports/job-store.ts';
import type { TemplateStore } from '../ports/template-store.ts';
import { builtIns } from '../templates/index.ts';
import { builtInView, storedView, type TemplateView } from '../templates/view.ts';

const byName = (a: TemplateView, b: TemplateView): number => (a.name < b.name ? -1 : 1);

/** What ships and the owner's, the newest version of each, by name. Fails with `spec.invalid` where the cursor is not ours. */
export const listTemplates = async (
  { templates }: { templates: TemplateStore },
  query: { owner: string; limit: number; cursor?: string | undefined },
): Promise<Page<TemplateView>> => {
  const after = templatePages.keyOf(query.cursor);
  const shipped = builtIns.filter(({ name }) => after === undefined || name > after).map(builtInView);
  const own = await templates.list(query);
  const rows = [...shipped, ...own.items.map(storedView)].sort(byName);
  // Where there are more of the owner's than these, one more row than fits says so.
  const isCut = own.next !== null && rows.length === query.limit;
  const page = templatePages.pageOf(rows, query.limit, ({ name }) => name);
  return isCut ? { items: page.items, next: own.next } : page;
};
