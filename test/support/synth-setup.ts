/** Lets tests share deployments: each context is synthesized once in a run, for the first that asks, whatever its file. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestProject } from 'vitest/node';
import { runApp, type SynthAnswer } from './run-app.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The socket that answers whoever sends a context, as JSON, with a `SynthAnswer`. */
    synths: string;
  }
}

export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const synths = new Map<string, Promise<SynthAnswer>>();
  const answer = async (context: string): Promise<SynthAnswer> => {
    const { options, environment } = JSON.parse(context) as Parameters<typeof runApp>[0]; // true: synth.ts sent it
    try {
      return { outdir: await runApp({ options, environment }) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
  const socket = join(tmpdir(), `kinoduct-synths-${process.pid}.sock`);
  await rm(socket, { force: true });
  const serve = async (connection: Socket): Promise<void> => {
    const context = await text(connection);
    const synth = synths.get(context) ?? answer(context);
    synths.set(context, synth);
    connection.end(JSON.stringify(await synth));
  };
  const door = createServer({ allowHalfOpen: true }, (connection) => {
    serve(connection).catch(() => connection.destroy());
  }).listen(socket);
  await once(door, 'listening');
  project.provide('synths', socket);
  return async () => {
    door.close();
    for (const synth of synths.values()) {
      const made = await synth;
      if ('outdir' in made) await rm(made.outdir, { recursive: true, force: true });
    }
  };
};
