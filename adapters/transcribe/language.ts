import { LanguageCode } from '@aws-sdk/client-transcribe';
import { Failure } from '#core/failures.ts';

const known: readonly LanguageCode[] = Object.values(LanguageCode);

/** Where a language alone is asked for: that of most of its speakers whom the service knows. */
const usual: Readonly<Record<string, LanguageCode>> = { en: 'en-US', pt: 'pt-BR', zh: 'zh-CN', ar: 'ar-SA' };

/** As the service names the language; `de` means `de-DE`. Fails with `spec.invalid` where it knows none. */
export const languageCode = (wanted: string): LanguageCode => {
  const tag = wanted.toLowerCase();
  const alike = known.filter((code) => code.toLowerCase() === tag || code.toLowerCase().startsWith(`${tag}-`));
  const found = usual[tag] ?? alike.find((code) => code.toLowerCase() === `${tag}-${tag}`) ?? alike[0];
  if (found) return found;
  const same = known.filter((code) => code.split('-')[0] === tag.split('-')[0]);
  const near = same.length > 0 ? `it has ${same.join(', ')}` : 'leave it out to have it told from the sound';
  throw new Failure('spec.invalid', { detail: `Transcribe does not know the language "${wanted}": ${near}.` });
};
