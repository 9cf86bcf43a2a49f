import { defineInput } from './define-input.ts';
import { fetchImported } from './stored.ts';

export const s3 = defineInput({
  kind: 's3',
  summary:
    'An object of a bucket that the deployment lists. It is kept in the library: an unchanged object is copied once.',
  examples: [
    { s3: { bucket: 'archive', key: '2026/film.mp4' } },
    { s3: { bucket: 'archive', key: '2026/film.mp4', versionId: '3HL4kqtJlcpXroDTDmJ' }, audioTrack: 1 },
  ],
  elsewhere: ({ s3: object }) => ({ s3: object }),
  fetch: fetchImported,
});
