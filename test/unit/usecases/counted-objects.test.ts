import { expect, test } from 'vitest';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { countedObjects } from '#core/usecases/counted-objects.ts';

const text = { contentType: 'text/plain' };

test('what goes through a store is counted, and what it copies by itself is not', async () => {
  const store = memoryObjectStore();
  await store.write('uploads/a', '0123456789', text);
  const { objects, used } = countedObjects(store);
  expect(used()).toEqual({ bytesRead: 0, bytesWritten: 0, requests: 0 });
  await objects.read('uploads/a');
  await objects.readRange({ key: 'uploads/a' }, { start: 2, end: 5 });
  await objects.write('work/b', 'four', text);
  await objects.head('work/b');
  await objects.copy('work/b', 'work/c');
  expect(used()).toEqual({ bytesRead: 13, bytesWritten: 4, requests: 6 });
});

test('of what is composed, the bytes that were moved are told apart', async () => {
  const store = memoryObjectStore();
  const { bytes } = await store.write('work/a', '0123456789', text);
  const { objects, used } = countedObjects(store);
  await objects.compose('work/whole', [Buffer.from('head'), { key: 'work/a', bytes }], text);
  expect(used()).toEqual({ bytesRead: 10, bytesWritten: 14, requests: 1, moved: 14 });
});
