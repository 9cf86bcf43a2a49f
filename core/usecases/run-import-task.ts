import { type InputObject, inputKind } from '../job/inputs.ts';
import type { TaskResult } from '../job/task-result.ts';
import { importObject } from './import-object.ts';
import { importSpeech } from './import-speech.ts';
import { importUrl } from './import-url.ts';
import type { Imported, ImportRun, TransferDeps } from './transfer.ts';

const bringIn = (deps: TransferDeps, run: ImportRun, from: InputObject): Promise<Imported> => {
  if ('url' in from) return importUrl(deps, run, from);
  if ('s3' in from) return importObject(deps, run, from.s3);
  if ('speech' in from) return importSpeech(deps, run, from.speech);
  throw new TypeError(`an input of the kind ${inputKind(from)} is not imported: inputTasks makes no such task`);
};

/**
 * Brings bytes into the library, unless it has them. Safe to repeat: the same bytes are kept once. Fails with `input.*`,
 * `provider.speech`, `auth.invalid`, `spec.*` for what the deployment does not have, and `limit.storage`.
 */
export const runImportTask = async (deps: TransferDeps, run: ImportRun): Promise<TaskResult> => {
  const imported = await bringIn(deps, run, run.task.from);
  return { imported, warnings: [], timings: run.report.timings(), stderrTail: '' };
};
