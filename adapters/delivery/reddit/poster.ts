/** A plain dark PNG of 320x180 pixels. */
export const posterPng: Uint8Array = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAUAAAAC0AQMAAADfKmdSAAAAA1BMVEUaGhr7hBjdAAAAHklEQVR42u3BMQEAAADCoPVPbQ0PoAAAAAAAAAB+DRzU' +
    'AAG9+HBKAAAAAElFTkSuQmCC',
  'base64',
);
