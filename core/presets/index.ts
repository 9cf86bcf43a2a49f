/** What the name of a preset stands for, as an output in its long form. */
import type { Presets } from '../job/canonical.ts';

export const presets: Presets = {
  mp4: { type: 'video', encode: 'mp4' },
  'mp4-fast': { type: 'video', encode: 'mp4-fast' },
  webm: { type: 'video', encode: 'webm' },
  avi: { type: 'video', encode: 'avi' },
  mov: { type: 'video', encode: 'mov' },
  mkv: { type: 'video', encode: 'mkv' },
  hevc: { type: 'video', encode: 'hevc' },
  av1: { type: 'video', encode: 'av1' },
  mp3: { type: 'audio', encode: 'mp3' },
  m4a: { type: 'audio', encode: 'm4a' },
  opus: { type: 'audio', encode: 'opus' },
  wav: { type: 'audio', encode: 'wav' },
  flac: { type: 'audio', encode: 'flac' },
  gif: { type: 'preview', format: 'gif', fps: 15, width: 480 },
  hls: { type: 'stream', formats: ['hls'], ladder: 'auto' },
  dash: { type: 'stream', formats: ['dash'], ladder: 'auto' },
  thumb: { type: 'image', at: '10%', size: { width: 320 } },
  storyboard: { type: 'sprite', vtt: true },
  probe: { type: 'probe' },
  copy: { type: 'copy' },
};
