import { Failure } from '../failures.ts';
import type { InputOf } from '../inputs/define-input.ts';
import type { Speech } from '../ports/speech.ts';
import { keepMedia, knownMedia, reuseMedia } from './keep-media.ts';
import { onlyOnce } from './only-once.ts';
import { type Imported, type ImportRun, leastFreeBytes, type TransferDeps } from './transfer.ts';

type Said = InputOf<'speech'>['speech'];

const serviceOf = ({ speech }: TransferDeps, { provider }: Said): Speech => {
  const service = provider === undefined || provider === 'local' ? undefined : speech[provider];
  if (service) return service;
  const here = Object.keys(speech).join(' and ') || 'none';
  throw new Failure('spec.unsupported', {
    detail: `This deployment has no speech service "${provider ?? ''}": it has ${here}.`,
    hint: 'Use "provider": "local" where the runner’s FFmpeg has flite.',
  });
};

const sourceOf = ({ hash }: TransferDeps, { provider, voice, language, text }: Said): string =>
  `speech:${hash(JSON.stringify([provider, voice, language ?? null, text]))}`;

/** The words with which people find it again. */
const titleOf = ({ voice, text }: Said): string => `${voice}: ${text.replaceAll(/\s+/g, ' ').trim()}`.slice(0, 120);

const spoken = async (
  deps: TransferDeps,
  run: ImportRun,
  { service, said, source }: { service: Speech; said: Said; source: string },
): Promise<Imported> =>
  deps.workspace.use(Math.min(deps.limits.maxBytes, leastFreeBytes), async (folder) => {
    const { report, signal } = run;
    const { text, voice, language } = said;
    const made = await report.during('downloading', 'speak', () =>
      service.speak({ text, voice, language }, folder.at('speech'), signal),
    );
    report.advance(0.8);
    const measured = await folder.measure('speech');
    if (!measured) throw new Failure('provider.speech', { detail: 'The speech service left nothing behind.' });
    const about = {
      title: titleOf(said),
      metadata: { characters: made.characters, voice, provider: said.provider ?? '' },
    };
    const { contentType } = made;
    const version = { etag: null, lastModified: null };
    const brought = {
      ...measured,
      ...about,
      ...version,
      contentType,
      file: folder.at('speech'),
      filename: 'speech.mp3',
      source,
    };
    return report.during('uploading', 'upload', () => keepMedia(deps, run, brought));
  });

/**
 * Has a text spoken, once for each owner, text, voice, language and provider: what was spoken before comes from the
 * library, and what another job has spoken at this moment is waited for.
 */
export const importSpeech = async (deps: TransferDeps, run: ImportRun, said: Said): Promise<Imported> => {
  const service = serviceOf(deps, said);
  const source = sourceOf(deps, said);
  const { owner, signal } = run;
  return onlyOnce(
    deps,
    { owner, key: source, signal },
    {
      find: async () => {
        const known = await knownMedia(deps, owner, source);
        return known && reuseMedia(deps, known);
      },
      make: () => spoken(deps, run, { service, said, source }),
    },
  );
};
