import { openFile } from '../../app/api.ts';
import type { FileView } from '../../app/jobs.ts';
import { useLive } from '../../app/live.ts';
import { Code } from '../../ui/copy.tsx';
import { Loading } from '../../ui/states.tsx';

/** The text of a small file: a probe, captions, checksums. */
export const TextFile = ({ file }: { readonly file: FileView }) => {
  const { value } = useLive(
    async (signal) => (await fetch(await openFile(file.href, 'inline'), { signal })).text(),
    [file.href],
  );
  return value === undefined ? <Loading lines={2} /> : <Code text={value} label={`Copy ${file.name}`} />;
};
