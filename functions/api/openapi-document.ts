/** The OpenAPI document that the app serves. It is kept compressed, a tenth of its size: every cold start reads the bundle. */
import { brotliDecompressSync } from 'node:zlib';
import { compressedOpenapi } from './openapi.generated.ts';

type OpenapiDocument = { readonly openapi: string; readonly info: { readonly version: string } };

/** As `docs/reference/openapi.json`; takes about a millisecond. */
export const openapiDocument = (): OpenapiDocument =>
  // true: `npm run reference` wrote it, and a test compares it with the file
  JSON.parse(brotliDecompressSync(Buffer.from(compressedOpenapi, 'base64')).toString('utf8')) as OpenapiDocument;
