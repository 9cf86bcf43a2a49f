import type { MakeDocument } from './define-document.ts';

export const text: MakeDocument<'text'> = (document) => document.text;
