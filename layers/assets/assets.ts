/** The files that ship with a deployment, as they lie in the packages that they come from. */
import { fileURLToPath } from 'node:url';
import type { Asset } from '#core/job/plan.ts';

export const assetFiles: Readonly<Record<Asset, string>> = {
  'sans.ttf': fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')),
};
