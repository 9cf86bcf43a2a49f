/** Puts another method in the place of one of `port`, which may call the original. The answer puts the original back. */
export const replaceMethod = <T extends object, K extends keyof T>(
  port: T,
  name: K,
  replacement: (original: T[K]) => T[K],
): (() => void) => {
  const original = port[name];
  port[name] = replacement(original);
  return () => {
    port[name] = original;
  };
};
