import { Failure } from '../failures.ts';
import { assetsFolder } from '../job/plan.ts';
import { defineEdit } from './define-edit.ts';

/** What the probe calls files of captions. */
const readable: ReadonlySet<string> = new Set(['srt', 'webvtt']);

export const captions = defineEdit({
  kind: 'captions',
  summary:
    'Draws captions into the picture, out of a SubRip or WebVTT file whose times are those of the source. Bold, italics, underline and lines at the top are kept. The text track of a video becomes such a file with an output of the type "captions".',
  examples: [
    { title: 'An uploaded caption file', edit: { from: 'subtitles', burn: true } },
    { title: 'The same, as the name of an input', edit: { from: 'subtitles', burn: true } },
  ],
  plan: ({ edit, frame, window, tempo, sourceOf }) => {
    if (typeof edit.from !== 'string') {
      throw new Failure('spec.unsupported', { detail: 'Captions are an input or an output, by name.' });
    }
    const source = sourceOf(edit.from);
    if (!readable.has(source.probe.container)) {
      throw new Failure('spec.invalid', {
        detail: `"${source.name}" is no caption file: SubRip and WebVTT are drawn.`,
        hint:
          source.probe.subtitles.length > 0
            ? `Make an output {"type":"captions","from":"${source.name}"} and draw that.`
            : 'Upload the captions as an .srt or .vtt file.',
      });
    }
    return {
      links: [
        {
          filter: `ass={0}:fontsdir=${assetsFolder}`,
          props: [
            {
              suffix: '.ass',
              source,
              document: {
                kind: 'burned-captions',
                from: source.name,
                ...frame,
                start: window.start,
                seconds: window.seconds,
                tempo: tempo.whole,
              },
            },
            { asset: 'sans.ttf' },
          ],
        },
      ],
    };
  },
});
