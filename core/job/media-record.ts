/** An item of the library: bytes that were brought in from elsewhere, kept so that they are brought in only once. */
import * as z from 'zod';
import { MediaId, Owner } from './ids.ts';
import { PinnedObject } from './pinned-object.ts';
import { Probe } from '../media/probe.ts';

const Instant = z.iso.datetime();

export const MediaRecord = z.strictObject({
  id: MediaId,
  owner: Owner,
  /** Starts at 1 and rises by one with each write. */
  version: z.int().min(1),
  object: PinnedObject,
  sha256: z.string(),
  contentType: z.string(),
  /** For people. */
  filename: z.string().max(255),
  /** Where it came from: an http(s) address, `s3://bucket/key`, or `speech:` and a hash of text, voice and provider. */
  source: z.string().max(2048).nullable(),
  /** What the source said of its bytes, so that an unchanged one is not fetched again. */
  etag: z.string().max(1024).nullable(),
  lastModified: z.string().max(128).nullable(),
  title: z.string().max(512).nullable(),
  /** What a resolver found on the page: description, uploader, tags, duration. */
  metadata: z.record(z.string(), z.json()),
  /** Filled when a job has looked into it. */
  probe: Probe.nullable(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type MediaRecord = z.output<typeof MediaRecord>;

/** An item as its owner sees it. The key of its object is never in it. */
export const MediaView = z
  .strictObject({
    ...MediaRecord.pick({ id: true, filename: true, source: true, title: true, metadata: true }).shape,
    type: z.string().describe('Its media type, as its source said.'),
    bytes: z.int().min(0),
    sha256: z.string(),
    probe: Probe.nullable().describe('Null until a job has looked into it.'),
    createdAt: Instant,
    updatedAt: Instant.describe('When it was brought in last; the same content is kept once.'),
    links: z.strictObject({
      self: z.string(),
      content: z.string().describe('Answers with a redirect to a signed URL.'),
    }),
  })
  .meta({ id: 'Media' });
export type MediaView = z.output<typeof MediaView>;

export const mediaView = (media: MediaRecord): MediaView => {
  const {
    id,
    filename,
    source,
    title,
    metadata,
    contentType: type,
    object,
    sha256,
    probe,
    createdAt,
    updatedAt,
  } = media;
  const self = `/v1/media/${id}`;
  const links = { self, content: `${self}/content` };
  return {
    id,
    filename,
    source,
    title,
    metadata,
    type,
    bytes: object.bytes,
    sha256,
    probe,
    createdAt,
    updatedAt,
    links,
  };
};
