/** Parts of a page that are made from the code. They stand between two comments; the rest of the page is written by hand. */

export interface Part {
  /** From the top of the repository. */
  readonly file: string;
  /** What the comments call it. */
  readonly name: string;
  readonly text: string;
}

const begin = (name: string): string => `<!-- begin: ${name}, made by \`npm run reference\` -->`;
const end = (name: string): string => `<!-- end: ${name} -->`;

/** What stands in the page now, without the blank lines around it. Fails where the page has no such part. */
export const partOf = (page: string, { file, name }: Omit<Part, 'text'>): string => {
  const [from, to] = [page.indexOf(begin(name)), page.indexOf(end(name))];
  if (from < 0 || to < from) throw new Error(`${file} has no "${begin(name)}" … "${end(name)}"`);
  return page.slice(from + begin(name).length, to).trim();
};

/** The page with the part as it is now. */
export const withPart = (page: string, part: Part): string => {
  const old = partOf(page, part);
  const [from, to] = [page.indexOf(begin(part.name)) + begin(part.name).length, page.indexOf(end(part.name))];
  return old === part.text.trim() ? page : `${page.slice(0, from)}\n\n${part.text.trim()}\n\n${page.slice(to)}`;
};
