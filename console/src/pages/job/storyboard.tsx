/** A storyboard as a player uses it: move along, and see that moment. */
import { useState } from 'preact/hooks';
import { useAddress } from '../../app/address.ts';
import { openFile } from '../../app/api.ts';
import { clock } from '../../app/format.ts';
import type { FileView } from '../../app/jobs.ts';
import { useLive } from '../../app/live.ts';

interface Tile {
  readonly start: number;
  readonly file: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const secondsOf = (text: string): number => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

/** Of a WebVTT track whose cues are `sheet.jpg#xywh=0,0,160,90`. */
const tilesOf = (track: string): Tile[] =>
  [...track.matchAll(/([\d:.]+) --> [\d:.]+[^\n]*\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g)].map(
    ([, start = '0', file = '', ...box]) => {
      const [x = 0, y = 0, width = 0, height = 0] = box.map(Number);
      return { start: secondsOf(start), file, x, y, width, height };
    },
  );

const View = ({ tile, images }: { readonly tile: Tile; readonly images: readonly FileView[] }) => {
  const sheet = useAddress(images.find(({ name }) => name === tile.file)?.href);
  return (
    <svg
      class="tile"
      viewBox={`0 0 ${tile.width} ${tile.height}`}
      role="img"
      aria-label={`The picture at ${clock(tile.start)}`}
    >
      {/* Cuts off the other tiles of the sheet, whatever the shape of the frame. */}
      <svg width={tile.width} height={tile.height}>
        <image href={sheet} x={-tile.x} y={-tile.y} />
      </svg>
    </svg>
  );
};

export const Storyboard = ({ track, images }: { readonly track: FileView; readonly images: readonly FileView[] }) => {
  const [at, setAt] = useState(0);
  const { value: tiles } = useLive(
    async (signal) => tilesOf(await (await fetch(await openFile(track.href, 'inline'), { signal })).text()),
    [track.href],
  );
  const tile = tiles?.[Math.min(at, tiles.length - 1)];
  if (!tiles || !tile) return <div class="frame-wait" />;
  const choose = (event: { readonly currentTarget: HTMLElement; readonly clientX: number }): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setAt(Math.max(0, Math.min(tiles.length - 1, Math.floor(((event.clientX - left) / width) * tiles.length))));
  };
  return (
    <div class="storyboard">
      <div class="storyboard-view" onPointerMove={choose}>
        <View tile={tile} images={images} />
      </div>
      <label class="row">
        <span class="muted small mono">{clock(tile.start)}</span>
        <input
          type="range"
          min={0}
          max={tiles.length - 1}
          value={at}
          aria-label="Moment"
          aria-valuetext={clock(tile.start)}
          onInput={(event) => setAt(Number(event.currentTarget.value))}
        />
        <span class="muted small">{tiles.length} pictures</span>
      </label>
    </div>
  );
};
