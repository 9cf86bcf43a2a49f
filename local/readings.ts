/** What `GET /metrics` tells of this machine, beside what the process counts. */
import { statfs } from 'node:fs/promises';
import { freemem, loadavg, totalmem } from 'node:os';
import type { AslInterpreter } from '#adapters/asl-interpreter/workflow.ts';
import type { Reading } from '#adapters/prometheus/metrics.ts';

const disk = async (folder: string): Promise<{ free: number; total: number }> => {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, total: blocks * bsize };
};

export const machineReadings = (dataFolder: string): readonly Reading[] => [
  {
    name: 'system_load1',
    help: 'Processes that ran or waited for a processor, mean of a minute.',
    read: () => loadavg()[0] ?? 0,
  },
  { name: 'system_memory_free_bytes', help: 'Memory that nothing uses.', read: freemem },
  { name: 'system_memory_total_bytes', help: 'Memory of the machine.', read: totalmem },
  {
    name: 'system_disk_free_bytes',
    help: 'Room on the disk of the data folder.',
    read: async () => (await disk(dataFolder)).free,
  },
  {
    name: 'system_disk_total_bytes',
    help: 'Size of the disk of the data folder.',
    read: async () => (await disk(dataFolder)).total,
  },
];

/** `workflow` is asked for when it is needed: it is made after what counts. */
export const taskReadings = (workflow: () => Pick<AslInterpreter, 'load'>): readonly Reading[] => [
  {
    name: 'worker_running_tasks',
    help: 'Tasks that are being carried out.',
    read: () => workflow().load().running,
  },
  {
    name: 'worker_waiting_tasks',
    help: 'Tasks that wait until fewer run.',
    read: () => workflow().load().waiting,
  },
];
