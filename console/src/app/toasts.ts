/** Short messages about what was just done. */
import { signal } from '@preact/signals';
import { messageOf } from './api.ts';

export interface Toast {
  readonly id: number;
  readonly kind: 'done' | 'failed';
  readonly text: string;
}

export const toasts = signal<readonly Toast[]>([]);
/** Long enough to read a sentence. */
const shownMs = 6000;
let last = 0;

export const dismiss = (id: number): void => {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
};

const show = (kind: Toast['kind'], text: string): void => {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.slice(-2), { id, kind, text }];
  setTimeout(() => dismiss(id), shownMs);
};

export const tellDone = (text: string): void => show('done', text);

/** Does it, and says so; what goes wrong is said too. Resolves to whether it was done. */
export const attempt = async (work: () => Promise<unknown>, done?: string): Promise<boolean> => {
  try {
    await work();
    if (done !== undefined) tellDone(done);
    return true;
  } catch (error) {
    show('failed', messageOf(error));
    return false;
  }
};
