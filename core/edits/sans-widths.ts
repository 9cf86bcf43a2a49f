/**
 * How wide text in `sans.ttf` (DejaVu Sans) comes out, for breaking lines. A test compares the table with the font.
 */

/** Runs of code points; a character for each: its code less 40 is the advance in 48ths of the size, rounded up. */
const table: readonly { readonly from: number; readonly advances: string }[] = [
  {
    from: 0x20,
    advances:
      '8<?QGVN6;;@Q8:89GGGGGGGGGG99QQQBXIIJMGDNM77HCRLNENJGFLIXIFI;9;Q@@FGCGF9GG66D6WGFGG<B;GEPEEBG9GQ(((((' +
      '((((((((((((((((((((((((((((8<GGGG9@@X?FQ:X@@Q<<@GG8@<?FWWWBIIIIIIWJGGGG7777NLNNNNNQNLLLLFFGFFFFFFXC' +
      'FFFF6666FGFFFFFQFGGGGEGEIFIFIFJCJCJCJCMGNGGFGFGFGFGFNGNGNGNGMGTJ7676767676EC76HDDC6C6C:C9C6LGLGLGPLG' +
      'NFNFNF\\ZJ<J<J<GBGBGBGBF;F;F;LGLGLGLGLGLGXPFEFIBIBIB9',
  },
  // Greek and Cyrillic.
  {
    from: 0x370,
    advances:
      'HDRH66LHEE@CCC97EEEE@@J8LR<EOEPP9IICIGIMN7HIRLGNMEEGFFNINM7FHBG9DHGEFBCGF9EEGCCFEGEGEDHDHQ9DFDQHFFJQ' +
      'JHQHNFHED?HHRGUQMHNFIFMFJFFBHGC6NFFFGJRHGJJJGGNFJG777][NKLFMIIIFNG\\GLLKMRMNMEJFFRINI\\]PSIJ\\JFFEBJ' +
      'FTBHHEGMHFHGCDEREIETVJNECQEFFFBCB666TTHEHEH',
  },
];

const offset = 40;
const unit = 48;
/** Of other letters. Asian ones, and what the font lacks, are taken to be as wide as high. */
const [elsewhere, wide, firstWide] = [0.7, 1, 0x1100] as const;

const advance = (letter: string): number => {
  const point = letter.codePointAt(0) ?? 0;
  for (const { from, advances } of table) {
    const code = point < from ? Number.NaN : advances.charCodeAt(point - from);
    if (!Number.isNaN(code)) return (code - offset) / unit;
  }
  return point >= firstWide ? wide : elsewhere;
};

/** In times the size of the font; rather too much than too little. */
export const widthOf = (text: string): number => [...text].reduce((sum, letter) => sum + advance(letter), 0);
