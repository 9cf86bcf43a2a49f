import { defineEdit } from './define-edit.ts';

export const deinterlace = defineEdit({
  kind: 'deinterlace',
  summary:
    'Makes whole pictures of interlaced ones, at the same rate. It comes first wherever it stands; pictures that are not marked as interlaced stay as they are.',
  examples: [
    { title: 'A broadcast recording', edit: true },
    { title: 'The same; there is nothing to set', edit: true },
  ],
  plan: () => ({ first: ['bwdif=mode=send_frame:parity=auto:deint=interlaced'], memory: 3 }),
});
