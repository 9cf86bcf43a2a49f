/**
 * The trace that a request belongs to where its sender says so, 32 hexadecimal digits; undefined where it does not, or
 * not as https://www.w3.org/TR/trace-context/#traceparent-header has it.
 */
export const traceIdOf = (traceparent: string | undefined): string | undefined => {
  const [, id] = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/.exec(traceparent ?? '') ?? [];
  return id === undefined || /^0+$/.test(id) ? undefined : id;
};
