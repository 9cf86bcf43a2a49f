/** Ids in their order, as lists of at most so many as may run at once: each list is a stage of its own. */
export const inWaves = <T>(items: readonly T[], atOnce: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / atOnce) }, (_, n) => items.slice(n * atOnce, (n + 1) * atOnce));
