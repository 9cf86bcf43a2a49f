/** Makes every kind of document. The compiler makes sure that none is missing. */
import type { Document } from '../job/documents.ts';
import { burnedCaptions } from './burned-captions.ts';
import { captions } from './captions.ts';
import { checksum } from './checksum.ts';
import { clips } from './clips.ts';
import { dashManifest } from './dash-manifest.ts';
import type { FolderFiles, MakeDocument } from './define-document.ts';
import { hlsMaster } from './hls-master.ts';
import { hlsMedia } from './hls-media.ts';
import { sampleTable } from './sample-table.ts';
import { segmentTable } from './segment-table.ts';
import { text } from './text.ts';

const makers: { readonly [K in Document['kind']]: MakeDocument<K> } = {
  text,
  checksum,
  captions,
  clips,
  'burned-captions': burnedCaptions,
  'hls-master': hlsMaster,
  'hls-media': hlsMedia,
  'dash-manifest': dashManifest,
  'sample-table': sampleTable,
  'segment-table': segmentTable,
};

export const makeDocument = async (document: Document, files: FolderFiles): Promise<string> => {
  const make = makers[document.kind] as MakeDocument<Document['kind']>; // true: the table is typed by kind
  return make(document, files);
};
