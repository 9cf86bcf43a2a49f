/** What this deployment's API can do: deployments of different ages are spoken to alike. */
import { signal } from '@preact/signals';
import { api } from './api.ts';

interface Document {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, unknown>>;
}

const document = signal<Document | undefined>(undefined);

export const readFeatures = async (): Promise<void> => {
  document.value = await api.json<Document>('GET', '/openapi.json').catch(() => undefined);
};

/** False as long as it is not known. */
export const has = (path: string): boolean => document.value?.paths[path] !== undefined;
export const version = (): string | undefined => document.value?.info.version;
