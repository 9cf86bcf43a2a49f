/** Which web pages a deployment knows, by their origins. */
import type { DeployConfig } from './config.ts';

type Known = Pick<DeployConfig, 'allowedOrigins' | 'webFront' | 'domainName'>;

/** The deployment's own name, for its front or else for its API. */
export const ownOrigin = ({ domainName }: Pick<Known, 'domainName'>): string | undefined =>
  domainName && `https://${domainName}`;

/**
 * Those that browsers let send and read files. A front without a name of one's own gets one when it is made, which is after the
 * bucket: until it is named, all pages of CloudFront are. What they may send and read is in the signed addresses that they have.
 */
export const pagesWithFiles = (config: Known): readonly string[] => [
  ...config.allowedOrigins,
  ...(config.webFront ? [ownOrigin(config) ?? 'https://*.cloudfront.net'] : []),
];

/** Those that the pages to sign in lead back to. */
export const pagesToSignIn = (config: Known): readonly string[] => {
  const own = ownOrigin(config);
  return own === undefined ? config.allowedOrigins : [...config.allowedOrigins, own];
};
