/** The part of the parser that tests use; its own types are not where its package says. */
declare module '@plussub/srt-vtt-parser' {
  export function parse(text: string): {
    readonly entries: readonly {
      readonly id: string;
      readonly from: number;
      readonly to: number;
      readonly text: string;
    }[];
  };
}
