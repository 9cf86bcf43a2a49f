/**
 * Filter graphs: from the pictures that are wanted of one stream to one `-filter_complex`. The stream is decoded once
 * and split; pictures with the same edits share them, and smaller renditions are scaled from the next larger one.
 * Syntax: https://ffmpeg.org/ffmpeg-filters.html#Filtergraph-syntax-1
 */
import type { Link, PictureBranch, Prop, Source } from './recipe.ts';

/** One picture that is wanted of a stream. Stills stay out of the cascade: they are scaled once anyway. */
export type WantedPicture = { readonly picture: PictureBranch; readonly isStill: boolean };

export type Graph = {
  /** The argument of `-filter_complex`. */
  readonly text: string;
  /** The label of each wanted picture, in their order. */
  readonly labels: readonly string[];
};

const bracket = (labels: readonly string[]): string => labels.map((label) => `[${label}]`).join('');

/** Where the graph finds what is not the first input. */
export type Places = {
  /** The label or stream specifier of a track of the source; `0:{index}` where it is left out. */
  readonly trackOf?: (picture: PictureBranch) => string;
  /** The input number of a picture that is laid over another. */
  readonly inputOf: (overlay: Source) => number;
  /** The name in the folder of what a filter reads. */
  readonly fileOf: (prop: Prop) => string;
};

/** Collects chains and hands out labels. */
const draft = ({ inputOf, fileOf }: Places) => {
  const chains: string[] = [];
  let last = 0;
  const fresh = (): string => {
    last += 1;
    return `n${last}`;
  };
  const add = (from: readonly string[], filters: readonly string[], to: readonly string[]): void => {
    chains.push(`${bracket(from)}${filters.length === 0 ? 'null' : filters.join(',')}${bracket(to)}`);
  };
  /** As many labels of the same pictures as are asked for. */
  const split = (from: string, count: number, filter: 'split' | 'asplit' = 'split'): string[] => {
    if (count <= 1) return [from];
    const to = Array.from({ length: count }, fresh);
    add([from], [`${filter}=${count}`], to);
    return to;
  };
  /** Runs links one after another; plain filters in a row become one chain. */
  const run = (from: string, links: readonly Link[]): string => {
    let label = from;
    let filters: string[] = [];
    const flush = (): void => {
      if (filters.length === 0) return;
      const to = fresh();
      add([label], filters, [to]);
      label = to;
      filters = [];
    };
    for (const link of links) {
      if (typeof link === 'string') {
        filters.push(link);
        continue;
      }
      if ('filter' in link) {
        filters.push(link.filter.replaceAll(/\{(\d+)\}/g, (_, n) => fileOf(link.props[Number(n)] as Prop))); // true: edits count them
        continue;
      }
      flush();
      const [above, to] = [fresh(), fresh()];
      add([`${inputOf(link.overlay)}:${link.overlay.video?.index ?? 0}`], link.prepare, [above]);
      add([label, above], [`overlay=${link.place}`], [to]);
      label = to;
    }
    flush();
    return label;
  };
  /** Two copies of the pictures, one in the middle of the other. */
  const inFront = (from: string, filters: readonly string[], backdrop: readonly string[]): string => {
    const [whole, around] = split(from, 2);
    const to = fresh();
    add([run(around ?? from, backdrop), run(whole ?? from, filters)], ['overlay=(W-w)/2:(H-h)/2:format=auto'], [to]);
    return to;
  };
  return { chains, add, split, run, inFront };
};

const byKey = <T>(items: readonly T[], key: (item: T) => string): T[][] => [...Map.groupBy(items, key).values()];

const area = ({ picture }: WantedPicture): number => picture.resize.width * picture.resize.height;

/** Two lists of links are the same where they print the same: they hold plain data only. */
const linksKey = (links: readonly Link[]): string =>
  JSON.stringify(
    links.map((link) => {
      if (typeof link === 'string') return link;
      return 'filter' in link ? [link.filter, link.props.map(propKey)] : [link.overlay.name, link.prepare, link.place];
    }),
  );

/** Props with the same key are one file. */
export const propKey = (prop: Prop): string =>
  JSON.stringify('asset' in prop ? prop.asset : [prop.suffix, prop.document, prop.source?.name]);

/** The graph for all pictures that are wanted of the first input. */
export const filterGraph = (wanted: readonly WantedPicture[], places: Places): Graph => {
  const graph = draft(places);
  const labels = new Map<WantedPicture, string>();
  let outputs = 0;
  const end = (item: WantedPicture, from: string, filters: readonly string[]): void => {
    const label = `v${outputs}`;
    outputs += 1;
    graph.add([from], [...filters, ...item.picture.finish], [label]);
    labels.set(item, label);
  };

  /** Scales in a cascade: each size is made once, from the one before it. */
  const cascade = (from: string, items: readonly WantedPicture[]): void => {
    const sizes = byKey(
      items.toSorted((a, b) => area(b) - area(a)),
      ({ picture }) => `${picture.resize.width}x${picture.resize.height}`,
    );
    let label = from;
    for (const [n, sameSize] of sizes.entries()) {
      const goesOn = n < sizes.length - 1;
      const filters = sameSize[0]?.picture.resize.filters ?? [];
      if (!goesOn && sameSize.length === 1) {
        for (const item of sameSize) end(item, label, filters);
        return;
      }
      const scaled = graph.split(graph.run(label, filters), sameSize.length + (goesOn ? 1 : 0));
      for (const [m, item] of sameSize.entries()) end(item, scaled[m] ?? label, []);
      label = scaled.at(-1) ?? label;
    }
  };

  const streams = byKey(wanted, ({ picture }) => String(picture.index));
  for (const stream of streams) {
    const trunks = byKey(stream, ({ picture }) => linksKey(picture.edits));
    const [first] = stream;
    const { index = 0, drawnFrom } = first?.picture ?? {};
    const track = (first && places.trackOf?.(first.picture)) ?? `0:${index}`;
    const roots = graph.split(track, trunks.length, drawnFrom === 'sound' ? 'asplit' : 'split');
    for (const [n, trunk] of trunks.entries()) {
      const edited = graph.run(roots[n] ?? '', trunk[0]?.picture.edits ?? []);
      const renditions = trunk.filter(({ picture, isStill }) => picture.resize.plain && !isStill);
      const others = trunk.filter((item) => !renditions.includes(item));
      const branches = graph.split(edited, others.length + (renditions.length > 0 ? 1 : 0));
      for (const [m, item] of others.entries()) {
        const { resize } = item.picture;
        const from = branches[m] ?? '';
        if (resize.backdrop) end(item, graph.inFront(from, resize.filters, resize.backdrop), []);
        else end(item, from, resize.filters);
      }
      if (renditions.length > 0) cascade(branches.at(-1) ?? '', renditions);
    }
  }
  return { text: graph.chains.join(';'), labels: wanted.map((item) => labels.get(item) ?? '') };
};
