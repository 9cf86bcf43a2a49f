/** The most iterations of a Map state that Step Functions runs at once. */
const groupSize = 40;

/** The ids in their order, in lists of at most 40: a Map over the lists holds a Map over each. */
export const inGroups = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / groupSize) }, (_, n) => ids.slice(n * groupSize, (n + 1) * groupSize));
