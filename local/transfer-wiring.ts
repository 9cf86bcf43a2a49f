/** What the transfer function needs on one machine. Clients that few use are loaded when they are used. */
import { join } from 'node:path';
import { deliveries } from '#adapters/delivery/index.ts';
import { elevenLabsOfSecret } from '#adapters/elevenlabs/of-secret.ts';
import { folderSecrets } from '#adapters/filesystem/secrets.ts';
import { guardedWeb } from '#adapters/http/web.ts';
import { contentAnalysis } from './content-analysis.ts';
import { ytDlpPageResolver } from '#adapters/yt-dlp/page-resolver.ts';
import type { Buckets } from '#core/ports/buckets.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Speech } from '#core/ports/speech.ts';
import type { Web } from '#core/ports/web.ts';
import type { TransferDeps } from '#core/usecases/transfer.ts';
import type { LocalConfig } from './config.ts';

export type OutsideConfig = Pick<
  LocalConfig,
  'dataFolder' | 'buckets' | 'privateHosts' | 'ytDlp' | 'services' | 'contentAnalysis'
>;

/** With the AWS account that the SDK finds, where a job asks for it. */
const polly: Speech = {
  speak: async (request, file, signal) => {
    const [{ pollyClient }, { pollySpeech }] = await Promise.all([
      import('#adapters/polly/client.ts'),
      import('#adapters/polly/speech.ts'),
    ]);
    return pollySpeech({ client: pollyClient() }).speak(request, file, signal);
  },
};

type Outside = Pick<TransferDeps, 'buckets' | 'secrets' | 'speech' | 'recognisers' | 'pages' | 'deliveries'> & {
  readonly web: Web;
};

/** Everything that lies outside of this machine, or of the data folder. */
export const outside = (config: OutsideConfig, { buckets, clock }: { buckets: Buckets; clock: Clock }): Outside => {
  const { privateHosts, services, ytDlp } = config;
  const web = guardedWeb({ privateHosts });
  const secrets = folderSecrets({ folder: join(config.dataFolder, 'secrets') });
  return {
    web,
    buckets,
    secrets,
    speech: { polly, elevenlabs: elevenLabsOfSecret({ web, secrets, baseUrl: services.elevenlabs }) },
    recognisers: contentAnalysis(config.contentAnalysis, web),
    pages: ytDlp === undefined ? undefined : ytDlpPageResolver({ program: ytDlp }),
    deliveries: deliveries({ web, buckets, clock, privateHosts, urls: services }),
  };
};
