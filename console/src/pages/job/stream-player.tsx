/** Plays an HLS stream through the API: each request carries the token, and is led to a signed address. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { session } from '../../app/session.ts';
import type { FileView } from '../../app/jobs.ts';
import { Icon } from '../../ui/icon.tsx';

export const StreamPlayer = ({ file, label }: { readonly file: FileView; readonly label: string }) => {
  const video = useRef<HTMLVideoElement>(null);
  const [wanted, setWanted] = useState(false);
  const [shown, setShown] = useState<string | undefined>(undefined);
  const [failed, setFailed] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (!wanted) return;
    let isWanted = true;
    let end = (): void => undefined;
    // Half a megabyte that only this needs.
    const start = async (): Promise<void> => {
      const { default: Hls } = await import('hls.js');
      const element = video.current;
      if (!isWanted || !element) return;
      const player = new Hls({
        enableWorker: false, // a worker would have to be allowed by the policy of the page
        xhrSetup: (request) => request.setRequestHeader('authorization', `Bearer ${session.value?.accessToken ?? ''}`),
      });
      end = () => player.destroy();
      player.on(Hls.Events.ERROR, (_, { fatal, details }) => fatal && setFailed(details));
      player.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => setShown(`${player.levels[level]?.height ?? '?'} lines`));
      player.on(Hls.Events.MANIFEST_PARSED, () => void element.play().catch(() => undefined));
      player.loadSource(file.href);
      player.attachMedia(element);
    };
    start().catch((error: unknown) => setFailed(String(error)));
    return () => {
      isWanted = false;
      end();
    };
  }, [wanted, file.href]);
  if (!wanted)
    return (
      <button type="button" class="picture play" onClick={() => setWanted(true)}>
        <Icon name="play" /> Play the stream
      </button>
    );
  return (
    <div class="stream">
      <video ref={video} class="picture" controls playsInline aria-label={label} />
      <p class="muted small" role="status">
        {failed === undefined ? shown : `The stream cannot be played: ${failed}`}
      </p>
    </div>
  );
};
