/** What tools/make-font.ts uses of a package that brings no types. */
declare module 'subset-font' {
  /** Of `font`, what is needed to write `text`. */
  const subsetFont: (
    font: Buffer,
    text: string,
    options: {
      targetFormat: 'woff2';
      variationAxes?: Record<string, { min: number; max: number; default: number }>;
    },
  ) => Promise<Buffer>;
  export default subsetFont;
}
