/** Files, and what is to be made of each of them. */
import { Field } from '../../ui/field.tsx';
import { chosen, errorAt, height, presetSlot } from './draft.ts';
import { SourceSlot } from './source-slot.tsx';

type Preset = readonly [name: string, title: string, text: string];

const groups: readonly (readonly [title: string, presets: readonly Preset[]])[] = [
  [
    'Video',
    [
      ['mp4-fast', 'MP4', 'H.264, made quickly'],
      ['mp4', 'MP4, smaller', 'H.264, takes longer'],
      ['webm', 'WebM', 'VP9 and Opus'],
      ['mov', 'MOV', 'for editing'],
      ['mkv', 'MKV', 'H.264'],
      ['avi', 'AVI', 'for old players'],
      ['hevc', 'HEVC', 'half the size'],
      ['av1', 'AV1', 'smallest, slow'],
    ],
  ],
  [
    'Streams',
    [
      ['hls', 'HLS', 'adapts to the line'],
      ['dash', 'DASH', 'adapts to the line'],
    ],
  ],
  [
    'Pictures',
    [
      ['thumb', 'Thumbnail', 'one picture'],
      ['storyboard', 'Storyboard', 'for scrubbing'],
      ['gif', 'GIF', 'the whole clip'],
    ],
  ],
  [
    'Sound',
    [
      ['mp3', 'MP3', '192 kbit/s'],
      ['m4a', 'M4A', 'AAC'],
      ['opus', 'Opus', '128 kbit/s'],
      ['wav', 'WAV', 'uncompressed'],
      ['flac', 'FLAC', 'lossless'],
    ],
  ],
  [
    'As it is',
    [
      ['probe', 'Facts', 'codecs, size, length'],
      ['copy', 'Copy', 'the same bytes'],
    ],
  ],
];

const toggle = (name: string, isOn: boolean): void => {
  const next = new Set(chosen.value);
  if (isOn) next.add(name);
  else next.delete(name);
  chosen.value = next;
};

const heights = [2160, 1440, 1080, 720, 480, 360, 240];

export const PresetForm = () => (
  <>
    <SourceSlot
      slot={presetSlot}
      title="Files"
      hint="Each becomes a job of its own."
      many
      error={errorAt(`/inputs/${presetSlot}`)}
    />
    {groups.map(([title, presets]) => (
      <fieldset key={title} class="cards cards-small">
        <legend>{title}</legend>
        {presets.map(([name, label, text]) => (
          <label key={name} class="card">
            <input
              type="checkbox"
              checked={chosen.value.has(name)}
              onChange={(event) => toggle(name, event.currentTarget.checked)}
            />
            <span class="card-title">{label}</span>
            <span class="card-text">{text}</span>
            {errorAt(`/outputs/${name}`) && <span class="field-error">{errorAt(`/outputs/${name}`)}</span>}
          </label>
        ))}
      </fieldset>
    ))}
    <Field label="Size of the videos" hint="Of the shorter side. Nothing is enlarged.">
      {(wiring) => (
        <select {...wiring} value={height.value} onChange={(event) => (height.value = event.currentTarget.value)}>
          <option value="">As the source</option>
          {heights.map((lines) => (
            <option key={lines} value={lines}>
              {lines}p
            </option>
          ))}
        </select>
      )}
    </Field>
  </>
);
