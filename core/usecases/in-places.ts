/** The tasks of a stage as the state machine takes them: in groups whose tasks run at the same place. */
import type { ContainerSize } from '../job/container.ts';
import type { TaskId } from '../job/plan.ts';
import { inWaves } from '../planner/places/waves.ts';
import { inGroups } from './in-groups.ts';

/** Tasks that run at once. Without a size functions carry them out; with one each has a container of that size. */
export type TaskGroup = {
  readonly taskIds: readonly TaskId[];
  /** In the words of ECS: CPU units, MiB and GiB. */
  readonly size: { readonly cpu: string; readonly memory: string; readonly disk: number } | null;
};

export type AtOnce = {
  readonly functions: number;
  /** Of all containers together. */
  readonly vcpus: number;
};

type Placed = readonly [id: TaskId, size: ContainerSize];

/** Containers in their order, in lists of no more vCPUs than may run at once; at least one of them. */
const containerWaves = (placed: readonly Placed[], most: number): Placed[][] => {
  const waves: Placed[][] = [];
  let used = 0;
  for (const each of placed) {
    const [, { vcpus }] = each;
    const last = waves.at(-1);
    if (last && used + vcpus <= most) {
      last.push(each);
      used += vcpus;
    } else {
      waves.push([each]);
      used = vcpus;
    }
  }
  return waves;
};

const sizeOf = ({ vcpus, memoryMb, storageGb }: ContainerSize): TaskGroup['size'] => ({
  cpu: String(vcpus * 1024),
  memory: String(memoryMb),
  disk: storageGb,
});

const containerGroups = (wave: readonly Placed[]): TaskGroup[] =>
  [...Map.groupBy(wave, ([, size]) => JSON.stringify(sizeOf(size))).values()].flatMap((alike) => {
    const [first] = alike;
    return inGroups(alike.map(([id]) => id)).map((taskIds) => ({ taskIds, size: first ? sizeOf(first[1]) : null }));
  });

/**
 * One stage of a plan as the stages that it is run in: in none of them more runs at once than may. Containers come first,
 * because they take longest to start.
 */
export const inPlaces = (
  stage: readonly TaskId[],
  containers: Readonly<Record<TaskId, ContainerSize>>,
  most: AtOnce,
): TaskGroup[][] => {
  const placed = stage.flatMap((id): Placed[] => {
    const size = containers[id];
    return size ? [[id, size]] : [];
  });
  const boxes = containerWaves(placed, most.vcpus).map(containerGroups);
  const runs = inWaves(
    stage.filter((id) => !containers[id]),
    most.functions,
  ).map((wave) => inGroups(wave).map((taskIds): TaskGroup => ({ taskIds, size: null })));
  return Array.from({ length: Math.max(boxes.length, runs.length) }, (_, n) => [
    ...(boxes[n] ?? []),
    ...(runs[n] ?? []),
  ]);
};
