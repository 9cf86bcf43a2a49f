import type * as z from 'zod';

/**
 * The environment that a host's config schema reads. `environment: {…} satisfies EnvOf<typeof ApiConfig>` does not
 * compile when a required variable is missing or one is set that the host does not know.
 */
export type EnvOf<Schema extends z.ZodType> = { readonly [Name in keyof z.input<Schema>]: string };
