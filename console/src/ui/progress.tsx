import { percent } from '../app/format.ts';

/** `label` says of what, for those who do not see the bar. */
export const Progress = ({ share, label }: { readonly share: number; readonly label: string }) => (
  <span class="meter">
    <progress max={1} value={share} aria-label={label}>
      {percent(share)}
    </progress>
    <span class="meter-number" aria-hidden="true">
      {percent(share)}
    </span>
  </span>
);
