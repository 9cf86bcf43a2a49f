/** Where this console is, as its server tells. */
import { signal } from '@preact/signals';
import { configPath, type ConsoleConfig, type ManagedLogin } from '#console/console-config.ts';

const config = signal<ConsoleConfig>({ local: false });

/** Resolves in any case: where nothing is told, one signs in with what the API takes. */
export const readPlace = async (): Promise<void> => {
  try {
    const response = await fetch(`/${configPath}`);
    if (response.ok) config.value = (await response.json()) as ConsoleConfig; // true: whoever serves the page wrote it
  } catch {
    // The page says that its server does not answer as soon as it asks for something else.
  }
};

export const isOwnMachine = (): boolean => config.value.local;

/** Undefined where there are no such pages. */
export const loginPages = (): ManagedLogin | undefined => config.value.managedLogin;

/** Of those that lead back here. */
export const managedLogin = (): ManagedLogin | undefined =>
  loginPages()?.origins.includes(location.origin) ? loginPages() : undefined;
