/** What an output looks and sounds like. */
import { useState } from 'preact/hooks';
import { useAddress } from '../../app/address.ts';
import type { FileView, JobView } from '../../app/jobs.ts';
import { Storyboard } from './storyboard.tsx';
import { StreamPlayer } from './stream-player.tsx';
import { TextFile } from './text-file.tsx';

const Image = ({ file }: { readonly file: FileView }) => {
  const address = useAddress(file.href);
  return address === undefined ? (
    <div class="frame-wait" />
  ) : (
    <img class="picture" src={address} alt={file.name} loading="lazy" />
  );
};

/** Captions that another output of the job made: for every video of it. */
const captionsOf = ({ outputs }: JobView): FileView | undefined =>
  Object.values(outputs)
    .filter(({ files }) => files.every(({ type }) => type === 'text/vtt'))
    .flatMap(({ files }) => files)[0];

const posterOf = ({ outputs }: JobView): FileView | undefined =>
  Object.values(outputs).find(({ files }) => files.length === 1 && files[0]?.type === 'image/jpeg')?.files[0];

const Video = ({ file, job }: { readonly file: FileView; readonly job: JobView }) => {
  const address = useAddress(file.href);
  const poster = useAddress(posterOf(job)?.href);
  const captions = useAddress(captionsOf(job)?.href);
  if (address === undefined) return <div class="frame-wait" />;
  return (
    <video class="picture" controls preload="metadata" playsInline src={address} poster={poster} aria-label={file.name}>
      {captions !== undefined && <track default kind="captions" label="Captions" src={captions} />}
    </video>
  );
};

const Audio = ({ file }: { readonly file: FileView }) => {
  const address = useAddress(file.href);
  return <audio class="sound" controls preload="metadata" src={address} aria-label={file.name} />;
};

const Many = (props: {
  readonly files: readonly FileView[];
  readonly show: (file: FileView) => preact.JSX.Element;
}) => {
  const [most, setMost] = useState(8);
  return (
    <>
      <ul class="tiles">
        {props.files.slice(0, most).map((file) => (
          <li key={file.name}>{props.show(file)}</li>
        ))}
      </ul>
      {props.files.length > most && (
        <button type="button" class="button button-quiet" onClick={() => setMost(most + 24)}>
          Show more of {props.files.length}
        </button>
      )}
    </>
  );
};

const playable: ReadonlySet<string> = new Set(['video/mp4', 'video/webm', 'video/quicktime']);
const textual = /^(?:text\/|application\/json|application\/x-subrip)/;
/** Longer ones are for the disk. */
const mostTextBytes = 200_000;

export const Preview = (props: {
  readonly name: string;
  readonly files: readonly FileView[];
  readonly job: JobView;
}) => {
  const { files, job, name } = props;
  const ofType = (test: (type: string) => boolean): readonly FileView[] => files.filter(({ type }) => test(type));
  const playlist = files.find(({ type }) => type === 'application/vnd.apple.mpegurl');
  if (playlist) return <StreamPlayer file={playlist} label={name} />;
  if (files.some(({ type }) => type === 'application/dash+xml')) return null;
  const images = ofType((type) => type.startsWith('image/'));
  const track = files.find(({ type }) => type === 'text/vtt');
  const [image] = images;
  if (track && image) return <Storyboard track={track} images={images} />;
  if (image)
    return images.length > 1 ? <Many files={images} show={(file) => <Image file={file} />} /> : <Image file={image} />;
  const videos = ofType((type) => playable.has(type));
  const [video] = videos;
  const show = (file: FileView) => <Video file={file} job={job} />;
  if (video) return videos.length > 1 ? <Many files={videos} show={show} /> : show(video);
  const [sound] = ofType((type) => type.startsWith('audio/'));
  if (sound) return <Audio file={sound} />;
  const [text] = ofType((type) => textual.test(type));
  return text && text.bytes <= mostTextBytes ? <TextFile file={text} /> : null;
};
