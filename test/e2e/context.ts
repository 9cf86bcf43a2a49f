import type { Client } from '#cli/client.ts';
import type { Clips } from '#test/support/clips.ts';
import type { Deployment } from './deployment.ts';

/** What the cases share; filled before the first of them runs. */
export interface Context {
  deployment: Deployment;
  clips: Clips;
  /** Of the owner whose jobs most cases use. */
  ana: Client;
  /** Of somebody else. */
  ben: Client;
}
