/** @param length most of the text, in characters */
export declare const readParagraphs: (
  bytes: Uint8Array,
  length: number,
) => { text: string; cut: boolean };
