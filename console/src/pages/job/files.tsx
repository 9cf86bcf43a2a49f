import { useState } from 'preact/hooks';
import { openFile } from '../../app/api.ts';
import { bytes } from '../../app/format.ts';
import type { FileView } from '../../app/jobs.ts';
import { attempt, tellDone } from '../../app/toasts.ts';
import { Icon } from '../../ui/icon.tsx';

/** As the browser does it for a link. The address carries its own permission, so no token goes along. */
const download = async (file: FileView): Promise<void> => {
  const link = document.createElement('a');
  link.href = await openFile(file.href, 'attachment');
  link.download = file.name;
  document.body.append(link);
  link.click();
  link.remove();
};

const copyLink = async (file: FileView): Promise<void> => {
  const address = new URL(await openFile(file.href, 'attachment'), location.href).href;
  await navigator.clipboard.writeText(address);
  tellDone('The download link is copied. Whoever has it can download the file until it expires.');
};

const FileRow = ({ file }: { readonly file: FileView }) => (
  <li class="file">
    <Icon name="doc" />
    <span class="file-name">{file.name}</span>
    <span class="muted small">{bytes(file.bytes)}</span>
    <button
      type="button"
      class="button button-quiet"
      aria-label={`Get download link of ${file.name}`}
      title="Get download link"
      onClick={() => void attempt(() => copyLink(file))}
    >
      <Icon name="link" />
    </button>
    <button
      type="button"
      class="button"
      aria-label={`Download ${file.name}`}
      onClick={() => void attempt(() => download(file))}
    >
      <Icon name="download" /> Download
    </button>
  </li>
);

const shownAtFirst = 3;

export const Files = ({ files }: { readonly files: readonly FileView[] }) => {
  const [all, setAll] = useState(false);
  const shown = all ? files : files.slice(0, shownAtFirst);
  return (
    <ul class="files">
      {shown.map((file) => (
        <FileRow key={file.name} file={file} />
      ))}
      {shown.length < files.length && (
        <li>
          <button type="button" class="button button-quiet" onClick={() => setAll(true)}>
            {files.length - shown.length} more files
          </button>
        </li>
      )}
    </ul>
  );
};
