// The main text of a DOCX (ECMA-376, WordprocessingML). The XML is walked from tag to tag and never
// parsed, so that nothing in it is resolved; each stretch is read once.
const NAMED = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const BREAKS = new Set(['br', 'cr', 'tab', 'noBreakHyphen']);
// Their content is repeated elsewhere, or is no text.
const SKIPPED = new Set(['Fallback', 'pPr', 'rPr', 'sectPr']);

const decode = (bytes) => {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder('utf-8').decode(bytes);
};

const plain = (text) =>
  text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi,
    (whole, hex, decimal, name) => {
      if (name) return NAMED[name.toLowerCase()];
      const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );

/** One line a paragraph, without empty ones. */
export const readParagraphs = (bytes, length) => {
  const xml = decode(bytes);
  const paragraphs = [];
  let paragraph = '';
  let found = 0;
  let isText = false;
  let skipped = 0;
  let at = 0;
  const endParagraph = () => {
    if (paragraph.trim() !== '') paragraphs.push(paragraph);
    paragraph = '';
  };
  while (at < xml.length && found <= length) {
    const start = xml.indexOf('<', at);
    const end = start < 0 ? xml.length : start;
    if (isText && skipped === 0) {
      const piece = plain(xml.slice(at, end));
      paragraph += piece;
      found += piece.length;
    }
    if (start < 0) break;
    const isComment = xml.startsWith('<!--', start);
    const close = xml.indexOf(isComment ? '-->' : '>', start + 1);
    if (close < 0) break;
    at = close + (isComment ? 3 : 1);
    if (isComment) continue;
    const [, slash, name] =
      /^(\/?)(?:[\w.-]+:)?([\w.-]+)/.exec(xml.slice(start + 1, start + 101)) ?? [];
    const isAlone = xml[close - 1] === '/';
    if (SKIPPED.has(name)) {
      if (slash) skipped = Math.max(0, skipped - 1);
      else if (!isAlone) skipped += 1;
    } else if (skipped > 0) continue;
    else if (name === 't') isText = !slash && !isAlone;
    else if (name === 'p' && (slash || isAlone)) endParagraph();
    else if (!slash && name === 'noBreakHyphen') paragraph += '\u2011';
    else if (!slash && BREAKS.has(name)) paragraph += ' ';
  }
  endParagraph();
  const text = paragraphs.join('\n');
  return { text: text.slice(0, length), cut: text.length > length || found > length };
};
