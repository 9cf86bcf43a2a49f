import { describe, expect, test } from 'vitest';
import type { ContainerSize } from '#core/job/container.ts';
import { mostContainers, mostTasks, stateMachineLimits } from '#core/planner/capacity.ts';
import { inPlaces } from '#core/usecases/in-places.ts';

const small: ContainerSize = { vcpus: 1, memoryMb: 2048, storageGb: 21 };
const large: ContainerSize = { vcpus: 4, memoryMb: 8192, storageGb: 60 };
const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `task-${n}`);

describe('the tasks of a stage', () => {
  test('without containers are groups of at most 40 for functions, in waves of no more than may run at once', () => {
    const waves = inPlaces(ids(100), {}, { functions: 50, vcpus: 0 });
    expect(waves.map((groups) => groups.map(({ taskIds }) => taskIds.length))).toEqual([
      [40, 10],
      [40, 10],
    ]);
    expect(waves.flat().every(({ size }) => size === null)).toBe(true);
  });

  test('in containers are grouped by their size, in the words of ECS, before those in functions', () => {
    const stage = ['plain', 'big', 'little', 'alike'];
    const placed = { big: large, little: small, alike: small };
    expect(inPlaces(stage, placed, { functions: 500, vcpus: 100 })).toEqual([
      [
        { taskIds: ['big'], size: { cpu: '4096', memory: '8192', disk: 60 } },
        { taskIds: ['little', 'alike'], size: { cpu: '1024', memory: '2048', disk: 21 } },
        { taskIds: ['plain'], size: null },
      ],
    ]);
  });

  test('take no more vCPUs at once than there are, and functions do not wait for them', () => {
    const stage = ids(6);
    const placed = Object.fromEntries(stage.slice(0, 5).map((id) => [id, large]));
    const waves = inPlaces(stage, placed, { functions: 500, vcpus: 9 });
    expect(waves.map((groups) => groups.map(({ taskIds }) => taskIds))).toEqual([
      [['task-0', 'task-1'], ['task-5']],
      [['task-2', 'task-3']],
      [['task-4']],
    ]);
  });

  test('that are larger than all there is run one by one', () => {
    const waves = inPlaces(['a', 'b'], { a: large, b: large }, { functions: 1, vcpus: 1 });
    expect(waves.map((groups) => groups.flatMap(({ taskIds }) => taskIds))).toEqual([['a'], ['b']]);
  });

  test('are none where there are none', () => {
    expect(inPlaces([], {}, { functions: 1, vcpus: 1 })).toEqual([]);
  });
});

test('the largest job is within what one execution holds, also where each container waits for the one before it', () => {
  // As long as ids are: an output's name has 64 characters at most.
  const stage = ids(mostTasks).map((id) => `make-${id}`.padEnd(74, 'x'));
  const placed = Object.fromEntries(stage.slice(0, mostContainers).map((id) => [id, large]));
  const waves = inPlaces(stage, placed, { functions: mostTasks, vcpus: 4 });
  expect(waves).toHaveLength(mostContainers);
  const limits = stateMachineLimits;
  expect(2 * JSON.stringify(waves).length + 2000).toBeLessThan(limits.payloadBytes);
  const events =
    limits.eventsOfJob +
    waves.length * limits.eventsPerStage +
    waves.flat().length * limits.eventsPerGroup +
    (mostTasks - mostContainers) * limits.eventsPerTask +
    mostContainers * limits.eventsPerContainer;
  expect(events).toBeLessThan(limits.events);
});
