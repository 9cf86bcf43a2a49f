/** Settings that are JSON in one variable of the environment. */
import * as z from 'zod';

/** For `transform`: what is not JSON is an issue of the field. */
export const json = (text: string, context: z.RefinementCtx): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
};
