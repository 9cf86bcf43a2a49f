import { defineInput } from './define-input.ts';
import { fetchImported } from './stored.ts';

export const url = defineInput({
  kind: 'url',
  summary:
    'A file on the web, or the media of a page where the deployment has `yt-dlp`. It is kept in the library: the same ' +
    'address is downloaded again only where the file has changed.',
  examples: [
    { url: 'https://example.com/film.mp4' },
    { url: 'https://example.com/members/film.mp4', headers: { Authorization: { secret: 'members' } }, optional: true },
    { url: 'https://example.com/watch/42', resolver: 'yt-dlp', start: 5 },
  ],
  elsewhere: ({ url: address, headers, resolver }) => ({
    url: address,
    ...(headers ? { headers } : {}),
    ...(resolver && resolver !== 'none' ? { resolver } : {}),
  }),
  fetch: fetchImported,
});
