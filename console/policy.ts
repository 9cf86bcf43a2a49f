/** What the console may load, for whoever serves it. */

/**
 * The Content-Security-Policy of the page. `files` are the origins that signed addresses lead to where that is not the
 * page's own: the bucket, on AWS. `services` are others that it sends requests to: where people sign in. `blob:` is what
 * players feed a `<video>` with.
 */
export const contentSecurityPolicy = ({
  files = [],
  services = [],
}: {
  readonly files?: readonly string[];
  readonly services?: readonly string[];
} = {}): string => {
  const sources = ["'self'", ...files].join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${sources} blob:`,
    `media-src ${sources} blob:`,
    `connect-src ${[sources, ...services].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
};

/** Sent with the page and with everything that it loads. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};
