/** The first thing that somebody sees who has no jobs yet. */
import { useState } from 'preact/hooks';
import { go, href } from '../../app/routes.ts';
import { Icon } from '../../ui/icon.tsx';
import { addFiles, addTest } from '../new/sources.ts';

export const DropTarget = () => {
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    if (!files || files.length === 0) return;
    addFiles('video', [...files]);
    go('/new');
  };
  return (
    <div
      class={`welcome ${over ? 'is-over' : ''}`}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => (event.preventDefault(), take(event.dataTransfer?.files))}
    >
      <Icon name="film" class="welcome-icon" />
      <h2>Drop a video here</h2>
      <p class="muted">Say what to make of it next. Nothing leaves this server.</p>
      <div class="row row-center">
        <label class="button button-main file-button">
          <Icon name="upload" /> Choose a file
          <input
            type="file"
            accept="video/*,audio/*,image/*"
            multiple
            onChange={(event) => take(event.currentTarget.files)}
          />
        </label>
        <a class="button" href={href('/new')}>
          <Icon name="link" /> Use an address
        </a>
        <button type="button" class="button" onClick={() => (addTest('video'), go('/new'))}>
          <Icon name="play" /> Try a test clip
        </button>
      </div>
    </div>
  );
};
