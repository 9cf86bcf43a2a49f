/** The picture of a job in the list: one of those it made. Asked for when its row comes into sight, and once. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { openFile } from '../../app/api.ts';
import { isLive, type JobSummary, type JobView, readJob } from '../../app/jobs.ts';
import { Icon } from '../../ui/icon.tsx';

/** Jobs that have ended change no more. */
const known = new Map<string, Promise<string | undefined>>();

/** Larger ones are no thumbnails. */
const mostBytes = 1_000_000;

const pictureIn = ({ outputs }: JobView): string | undefined => {
  const files = Object.values(outputs).flatMap((output) => output.files);
  const pictures = files.filter(({ type, bytes }) => type.startsWith('image/') && bytes <= mostBytes);
  return pictures.toSorted((a, b) => Number(a.type === 'image/png') - Number(b.type === 'image/png'))[0]?.href;
};

const remembered = (id: string): Promise<string | undefined> => {
  const picture = known.get(id) ?? readJob(id).then(pictureIn);
  known.set(id, picture);
  return picture;
};

/** Its address is signed anew where it has expired. */
const addressOf = async (id: string): Promise<string | undefined> => {
  const file = await remembered(id);
  return file === undefined ? undefined : openFile(file, 'inline');
};

export const Thumbnail = ({ job }: { readonly job: JobSummary }) => {
  const frame = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<string | undefined>(undefined);
  const mayHave = !isLive(job) && (job.status === 'succeeded' || job.status === 'partial');
  useEffect(() => {
    if (!mayHave || !frame.current) return;
    let isWanted = true;
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      addressOf(job.id).then(
        (found) => isWanted && setPicture(found),
        () => known.delete(job.id),
      );
    });
    watcher.observe(frame.current);
    return () => {
      isWanted = false;
      watcher.disconnect();
    };
  }, [job.id, mayHave]);
  return (
    <div ref={frame} class="thumbnail">
      {picture === undefined ? <Icon name="film" /> : <img src={picture} alt="" loading="lazy" />}
    </div>
  );
};
