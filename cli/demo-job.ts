/** The job that the demo submits: five outputs of one video, most of them from one decode. */

/** Outputs that need sound, or a picture, are skipped where the video has none. */
export const demoJob = (video: string, logo: string) => ({
  name: 'demo',
  inputs: { video, logo },
  outputs: {
    rendition: { type: 'video', from: 'video', size: { shortSide: 480 }, encode: 'mp4' },
    watermarked: {
      type: 'video',
      from: 'video',
      edit: [{ overlay: { image: 'logo', at: 'bottom-right', x: 24, y: 24, width: 96 } }],
      encode: 'mp4-fast',
    },
    sound: { type: 'audio', from: 'video', encode: 'mp3', when: 'hasAudio' },
    thumbnail: { type: 'image', from: 'video', at: '10%', size: { width: 320 } },
    preview: { type: 'preview', from: 'video', format: 'gif', seconds: 4 },
  },
});
