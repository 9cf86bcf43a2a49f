import * as z from 'zod';
import { Encode } from '../job/encode.ts';
import type { Input } from '../job/inputs.ts';
import { DeliveryTarget } from '../job/spec.ts';
import { Name, SecretRef } from '../job/values.ts';
import type { ComputedTemplate } from './template.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz';

const Addresses = z.array(z.string().min(1).max(2048)).min(1).max(50);

const Speech = z.strictObject({
  text: z.string().min(1).max(3000),
  voice: z.string().min(1).max(64),
  provider: z.enum(['polly', 'elevenlabs', 'local']).optional(),
  language: z.string().max(16).optional(),
});

const Params = z.strictObject({
  videoBlocks: z
    .record(Name, Addresses)
    .refine((blocks) => Object.keys(blocks).length >= 1, 'must name at least one block')
    .refine((blocks) => Object.keys(blocks).length <= letters.length, `must name at most ${letters.length} blocks`)
    .describe('Addresses of videos by block. Each variant joins one of each block, in the order of the blocks.'),
  audioBlocks: z
    .record(Name, Addresses)
    .default({})
    .describe('Addresses of music by block. One of each block is picked at random and they are joined; quiet, looped.'),
  textToSpeech: z
    .array(Speech)
    .max(50)
    .default([])
    .describe('Texts and their voices. One is picked at random for each variant; the music gives way to it.'),
  fps: z.number().min(1).max(60).optional().describe('Pictures a second; those of the videos where it is left out.'),
  speed: Encode.shape.speed.describe('Slower makes smaller files; "medium" where it is left out.'),
  deliverTo: DeliveryTarget.optional().describe(
    'Where a folder with the variants is made, such as gdrive://FOLDER_ID.',
  ),
  secret: SecretRef.optional().describe('The secret that opens the target, by its name.'),
});
type Params = z.output<typeof Params>;

/** Gives each distinct value one name, in the order in which they come. */
const namesFor = <T>(prefix: string, values: readonly T[]): ReadonlyMap<T, string> =>
  new Map([...new Set(values)].map((value, n) => [value, `${prefix}${n + 1}`]));

/** Each distinct address becomes one input, however many blocks name it. */
const clipsOf = (blocks: Params['videoBlocks']) => {
  const names = new Map<string, string>();
  const axes = Object.entries(blocks).map(([block, addresses], n) => {
    const members = [...namesFor(letters[n] ?? '', addresses)].map(([address, name]) => {
      const known = names.get(address) ?? name;
      names.set(address, known);
      return known;
    });
    return [block, members] as const;
  });
  return { inputs: [...names].map(([address, name]) => [name, address] as const), axes: Object.fromEntries(axes) };
};

const musicOf = (blocks: Params['audioBlocks']) => {
  const names = namesFor('bg', Object.values(blocks).flat());
  const picks = Object.values(blocks).map((addresses) => ({
    pick: [...new Set(addresses)].map((address) => names.get(address) ?? ''),
  }));
  const from = picks.length > 1 ? { concat: picks } : picks[0];
  return { inputs: [...names].map(([address, name]) => [name, address] as const), from };
};

const speechOf = (texts: Params['textToSpeech']) => {
  const spoken = new Map(texts.map((speech) => [JSON.stringify(speech), speech]));
  const inputs = [...spoken.values()].map((speech, n) => [`vo${n + 1}`, { speech }] as const);
  return { inputs, from: inputs.length > 0 ? { pick: inputs.map(([name]) => name) } : undefined };
};

type Source = { readonly from: object | undefined };

/** Undefined without music and speech: then the videos keep their own sound. */
const layersOf = (music: Source, speech: Source) => {
  const layers = [
    ...(music.from
      ? [{ from: music.from, gain: 0.2, loop: true, ...(speech.from ? { duckUnder: 'voice' } : {}) }]
      : []),
    ...(speech.from ? [{ name: 'voice', from: speech.from }] : []),
  ];
  return layers.length > 0 ? layers : undefined;
};

const build = (params: unknown) => {
  const { videoBlocks, audioBlocks, textToSpeech, fps, speed, deliverTo, secret } = Params.parse(params);
  const clips = clipsOf(videoBlocks);
  const music = musicOf(audioBlocks);
  const speech = speechOf(textToSpeech);
  const audio = layersOf(music, speech);
  return {
    name: 'ad-variants',
    inputs: Object.fromEntries<z.input<typeof Input>>([...clips.inputs, ...music.inputs, ...speech.inputs]),
    matrix: { axes: clips.axes },
    outputs: {
      ad: {
        type: 'video',
        from: { concat: Object.keys(clips.axes).map((block) => `$${block}`) },
        ...(audio ? { audio } : {}),
        ...(fps === undefined ? {} : { fps }),
        encode: speed === undefined ? 'mp4' : { preset: 'mp4', speed },
        path: '{job.name}/out{variant}.mp4',
      },
    },
    ...(deliverTo === undefined
      ? {}
      : {
          deliver: [
            { to: deliverTo, path: '{job.name}-{job.createdAt}/', ...(secret === undefined ? {} : { secret }) },
          ],
        }),
  };
};

/** The call's `name` names the folder. Which music and which text a variant gets is recorded, and repeatable by `seed`. */
export const adVariants: ComputedTemplate = {
  name: 'ad-variants',
  summary: 'Joins videos in all combinations of their blocks, with music and speech picked at random.',
  inputs: {},
  params: Params,
  example: {
    videoBlocks: {
      block_1: ['https://example.com/1.mp4', 'https://example.com/2.mp4'],
      block_2: ['https://example.com/3.mp4'],
    },
    audioBlocks: { audio_block_1: ['https://example.com/bg_1.mp3', 'https://example.com/bg_2.mp3'] },
    textToSpeech: [
      { text: 'Welcome to the show.', voice: 'Joanna' },
      { text: 'Plink makes it easy.', voice: 'Matthew' },
    ],
    deliverTo: 'gdrive://FOLDER_ID',
    secret: 'gdrive',
  },
  build,
};
