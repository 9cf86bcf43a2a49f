import type { Client } from '#cli/client.ts';
import type { Clips } from '#test/support/clips.ts';
import type { Deployment } from './deployment.ts';
import type { Outside } from './outside.ts';

/** What the cases share; filled before the first of them runs. */
export interface Context {
  deployment: Deployment;
  clips: Clips;
  /** A server that the deployment may speak to. */
  outside: Outside;
  /** Of the owner whose jobs most cases use. */
  ana: Client;
  /** Of somebody else. */
  ben: Client;
  /** Of an administrator. */
  root: Client;
}
