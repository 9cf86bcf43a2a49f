/** From the address of a page to that of the media in it, with a program that the deployment configures. Off without one. */
export interface ResolvedPage {
  readonly url: string;
  /** Needed to fetch it, such as a referrer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly title: string | null;
  /** What the page says of the media, as far as it is of use: uploader, description, tags, duration. JSON, at most 64 KiB. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface PageResolver {
  /** Fails with `input.not_found` where the page holds no media, and with `input.unreachable` where the program fails. */
  resolve(page: string, signal?: AbortSignal): Promise<ResolvedPage>;
}
