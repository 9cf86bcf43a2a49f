/** Pictures of 20 by 20 pixels, drawn in the colour of the text. They stand beside words, so that nobody has to guess. */
const paths = {
  alert: 'M10 6.5v4M10 13.6v.1M10 2.8 18 16.6H2z',
  arrow: 'M4 10h12M11 5l5 5-5 5',
  bolt: 'M11 2.5 4.5 11.5H10L9 17.5l6.5-9H10z',
  check: 'M4.5 10.5 8.3 14.3 15.5 6',
  chevron: 'M7.5 5 12.5 10 7.5 15',
  clock: 'M10 5.5V10l3 2M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0z',
  copy: 'M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5z',
  cross: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  doc: 'M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15M7.5 10h5M7.5 13h5',
  download: 'M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13',
  film: 'M3 4h14v12H3zM6.5 4v12M13.5 4v12M3 8h3.5M3 12h3.5M13.5 8H17M13.5 12H17',
  gauge: 'M3.2 14.5a7 7 0 1 1 13.6 0M10 12l3.2-4.2',
  hook: 'M7 9.5a3.2 3.2 0 1 1 4.6-2.8l2.2 4M13 13.6a3 3 0 1 1 3-3M10.2 13.2H6.5a3 3 0 1 1-2.6-4.4',
  image: 'M3 4h14v12H3zM3 13.5l4.2-4 3.3 3 2.2-2 4.3 4M12.8 7.6v.1',
  library: 'M3.5 4.5v12M7 4.5v12M10.2 5.2l4 11.2M17 16.5H3.5',
  link: 'M8.5 11.5l3-3M7 9 5 11a2.8 2.8 0 0 0 4 4l2-2M13 11l2-2a2.8 2.8 0 0 0-4-4L9 7',
  list: 'M7 5h10M7 10h10M7 15h10M3.2 5h.1M3.2 10h.1M3.2 15h.1',
  out: 'M12 4H4v12h8M8 10h9M14 7l3 3-3 3',
  play: 'M6.5 4.2v11.6l9-5.8z',
  plus: 'M10 4v12M4 10h12',
  retry: 'M16 8.5A6.3 6.3 0 1 0 16.3 12M16.5 4v4.5H12',
  server: 'M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.1M6 13.5h.1',
  skip: 'M4.5 5l5 5-5 5M10.5 5l5 5-5 5',
  sound: 'M3 8v4h3l4 3.5v-11L6 8zM13 7.5a3.5 3.5 0 0 1 0 5M15 5a7 7 0 0 1 0 10',
  stop: 'M5.5 5.5h9v9h-9z',
  trash: 'M3.5 5.5h13M8 5.5V3.5h4v2M5.5 5.5l.7 11h7.6l.7-11M8.4 8.5v5M11.6 8.5v5',
  upload: 'M10 13V3.5M6 7.5l4-4 4 4M3.5 16.5h13',
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name, class: more = '' }: { readonly name: IconName; readonly class?: string }) => (
  <svg class={`icon ${more}`} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
);
