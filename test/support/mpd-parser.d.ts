/** The package comes without types; these are of what we read. */
declare module 'mpd-parser' {
  interface Playlist {
    readonly attributes: { readonly NAME: string; readonly BANDWIDTH: number; readonly CODECS: string };
    readonly segments: readonly {
      readonly resolvedUri: string;
      readonly duration: number;
      readonly map: { readonly resolvedUri: string };
    }[];
  }
  export const parse: (
    text: string,
    options: { readonly manifestUri: string; readonly eventHandler: (event: { readonly message: string }) => void },
  ) => {
    readonly duration: number;
    readonly playlists: readonly Playlist[];
    readonly mediaGroups: {
      readonly AUDIO: Readonly<Record<string, Readonly<Record<string, { readonly playlists: readonly Playlist[] }>>>>;
    };
  };
}
