/** Numbers and times as people read them. */

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

export const bytes = (count: number): string => {
  let [value, unit] = [count, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
};

/** `4.2 s`, `3 min 20 s`, `1 h 5 min`. */
export const seconds = (value: number): string => {
  if (value < 60) return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
  const minutes = Math.floor(Math.round(value) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(value) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** As a player shows it: `3:05`, `1:02:07`. */
export const clock = (value: number): string => {
  const whole = Math.round(value);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '');
};

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

export const ago = (instant: string, now = Date.now()): string => {
  const past = (now - Date.parse(instant)) / 1000;
  if (past < 10) return 'just now';
  if (past < 60) return relative.format(-Math.round(past), 'second');
  if (past < 3600) return relative.format(-Math.round(past / 60), 'minute');
  if (past < 86_400) return relative.format(-Math.round(past / 3600), 'hour');
  return relative.format(-Math.round(past / 86_400), 'day');
};

const full = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
export const instant = (at: string): string => full.format(new Date(at));

const timeOfDay = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
export const time = (at: string): string => timeOfDay.format(new Date(at));

/** How long something took that may still go on. */
export const between = (start: string, end: string | null): number =>
  Math.max(0, ((end === null ? Date.now() : Date.parse(end)) - Date.parse(start)) / 1000);

export const percent = (share: number): string => `${Math.floor(share * 100)} %`;

export const usd = (amount: number): string => {
  if (amount === 0) return '$0';
  return amount < 0.0001 ? 'below $0.0001' : `$${amount.toFixed(amount < 0.1 ? 4 : 2)}`;
};

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
