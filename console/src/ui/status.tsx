/** A status, as a picture and a word. */
import { Icon, type IconName } from './icon.tsx';

type Tone = 'idle' | 'live' | 'good' | 'warn' | 'bad';

const looks: Readonly<Record<string, readonly [IconName, Tone]>> = {
  waiting: ['clock', 'idle'],
  pending: ['clock', 'idle'],
  queued: ['clock', 'idle'],
  running: ['play', 'live'],
  succeeded: ['check', 'good'],
  ready: ['check', 'good'],
  ok: ['check', 'good'],
  active: ['check', 'good'],
  partial: ['alert', 'warn'],
  degraded: ['alert', 'warn'],
  failed: ['cross', 'bad'],
  canceled: ['stop', 'idle'],
  expired: ['clock', 'idle'],
  skipped: ['skip', 'idle'],
  disabled: ['stop', 'idle'],
};

export const Status = ({ status, word = status }: { readonly status: string; readonly word?: string }) => {
  const [icon, tone] = looks[status] ?? ['clock', 'idle'];
  return (
    <span class={`status tone-${tone}`} data-status={status}>
      <Icon name={icon} />
      {word}
    </span>
  );
};
