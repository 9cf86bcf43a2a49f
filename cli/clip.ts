/** A clip and a logo to try Kinoduct with, made by FFmpeg's own sources: moving detail and sound, no file needed. */
import { spawn } from 'node:child_process';

const seconds = 8;

/** A zoom into the Mandelbrot set with a test card in the corner: detail that moves, as in a real film. */
const zoom = 'mandelbrot=size=640x360:rate=30:start_scale=2:end_scale=0.002:end_pts=240:maxiter=500:inner=convergence';
const picture = [
  `${zoom},trim=duration=${seconds},scale=1280:720:flags=bilinear,setsar=1,format=yuv420p[zoom]`,
  `testsrc2=size=384x216:rate=30:duration=${seconds},format=yuv420p[card]`,
  '[zoom][card]overlay=x=32:y=H-h-32[v]',
].join(';');

/** An arpeggio with a bass under it. */
const notes = 'pow(2,mod(floor(t*4)*7,24)/12)';
const sound = [
  `aevalsrc='0.22*sin(2*PI*220*${notes}*t)*exp(-3*mod(t,0.25))+0.12*sin(2*PI*55*t)'`,
  `:sample_rate=48000:duration=${seconds},aformat=channel_layouts=stereo,aecho=0.8:0.7:60:0.25[a]`,
].join('');

/** A white play button on a round blue ground; everything around it is transparent. */
const inCircle = 'lte(hypot(X-80,Y-80),76)';
const inTriangle = 'between(X,58,122)*lte(abs(Y-80),(122-X)*0.62)';
const logo = [
  'color=c=black:size=160x160,format=rgba',
  `geq=r='if(${inTriangle},255,24)':g='if(${inTriangle},255,104)':b='if(${inTriangle},255,216)':a='255*${inCircle}'`,
].join(',');

const run = (ffmpeg: string, args: readonly string[], signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(ffmpeg, ['-nostdin', '-hide_banner', '-v', 'error', '-y', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal ? { signal } : {}),
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2000);
    });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`ffmpeg exit ${code}: ${complaint}`))));
  });

const encoding = '-c:v libx264 -preset veryfast -crf 22 -c:a aac -b:a 128k -movflags +faststart'.split(' ');

/** Writes an H.264 and AAC clip of eight seconds in 1280x720 to `file`. */
export const makeClip = (ffmpeg: string, file: string, signal?: AbortSignal): Promise<void> => {
  const graph = ['-filter_complex', `${picture};${sound}`, '-map', '[v]', '-map', '[a]'];
  return run(ffmpeg, [...graph, ...encoding, '-t', String(seconds), file], signal);
};

/** Writes a PNG of 160x160 with a transparent ground to `file`. */
export const makeLogo = (ffmpeg: string, file: string, signal?: AbortSignal): Promise<void> =>
  run(ffmpeg, ['-f', 'lavfi', '-i', logo, '-frames:v', '1', file], signal);
