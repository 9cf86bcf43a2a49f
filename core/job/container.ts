/** A container of its own for one task, where a function is too small for it or dearer. */
import * as z from 'zod';

/** One of the sizes of core/planner/capacity.ts. */
export const ContainerSize = z.strictObject({
  vcpus: z.int().min(1),
  memoryMb: z.int().min(1024),
  storageGb: z.int().min(21),
});
export type ContainerSize = z.output<typeof ContainerSize>;
