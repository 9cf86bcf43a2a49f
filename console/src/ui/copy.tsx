import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

const shownMs = 2000;

/** Copies a text; `label` says which. */
export const Copy = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), shownMs);
  };
  return (
    <button type="button" class="button button-quiet" onClick={() => void copy()}>
      <Icon name={copied ? 'check' : 'copy'} />
      <span aria-live="polite">{copied ? 'Copied' : label}</span>
    </button>
  );
};

/** Text to be copied: a command, arguments, a document. Reachable by keyboard, since it may have to be scrolled. */
export const Code = ({ text, label }: { readonly text: string; readonly label: string }) => (
  <div class="code">
    <Copy text={text} label={label} />
    <pre tabIndex={0}>{text}</pre>
  </div>
);
