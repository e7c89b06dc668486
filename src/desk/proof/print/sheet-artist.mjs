import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { create as createFont } from '@cantoo/fontkit';
import { PDFDocument, PDFName, PDFString, ReadingDirection, rgb } from '@cantoo/pdf-lib';
import bidiFactory from 'bidi-js';
import { encode } from 'uqr';

const A4 = { width: 595.28, height: 841.89 };
const MARGIN = 48;
const EDGE = 24;
const INK = rgb(0.1, 0.11, 0.13);
const SOFT = rgb(0.33, 0.35, 0.39);
const LINE = rgb(0.72, 0.74, 0.77);
/** Blank modules that a reader needs around a QR code. */
const QUIET = 4;
const MAX_LINES = 12;
const MARKS = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;

const bidi = bidiFactory();
const here = createRequire(import.meta.url);
const fontFile = (weight) => here.resolve(`vazirmatn/fonts/ttf/Vazirmatn-${weight}.ttf`);

/**
 * Passes the direction of the run: by itself pdf-lib takes Persian digits for right-to-left.
 * Characters without width (a zero-width non-joiner) would be drawn as spaces.
 */
const directed = () => {
  const way = { direction: 'ltr' };
  const fontkit = {
    create(data) {
      const font = createFont(data);
      const layout = font.layout.bind(font);
      font.layout = (text, features) => {
        const run = layout(text, features, undefined, undefined, way.direction);
        const space = font.glyphForCodePoint(0x20).id;
        const shown = run.glyphs.map(
          ({ id }, index) => id !== space || run.positions[index].xAdvance > 0,
        );
        run.glyphs = run.glyphs.filter((_, index) => shown[index]);
        run.positions = run.positions.filter((_, index) => shown[index]);
        return run;
      };
      return font;
    },
  };
  return { way, fontkit };
};

const visualRuns = (text, base) => {
  const { levels } = bidi.getEmbeddingLevels(text, base);
  const runs = [];
  for (let index = 0; index < text.length; index += 1) {
    const level = levels[index];
    const mirrored = level % 2 === 1 ? bidi.getMirroredCharacter(text[index]) : null;
    const character = mirrored ?? text[index];
    const last = runs.at(-1);
    if (last?.level === level) last.text += character;
    else runs.push({ level, text: character });
  }
  const highest = Math.max(0, ...runs.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1)
    for (let start = 0; start < runs.length; start += 1) {
      let end = start;
      while (end < runs.length && runs[end].level >= level) end += 1;
      if (end > start + 1) runs.splice(start, end - start, ...runs.slice(start, end).toReversed());
      start = Math.max(start, end - 1);
    }
  return runs.map(({ level, text: run }) => ({
    direction: level % 2 === 1 ? 'rtl' : 'ltr',
    text: run,
  }));
};

class Pen {
  #document;
  #page;
  #way;
  #language;

  constructor({ document, page, way, language }) {
    this.#document = document;
    this.#page = page;
    this.#way = way;
    this.#language = language;
  }

  widthOf(text, { font, size, base }) {
    return runsOf(text, base).reduce((sum, run) => {
      this.#way.direction = run.direction;
      return sum + font.widthOfTextAtSize(run.text, size);
    }, 0);
  }

  /** `x` is where the line begins: its right edge when it is read from the right. */
  line(text, { x, y, font, size, base, colour = INK, from = base }) {
    let left = from === 'rtl' ? x - this.widthOf(text, { font, size, base }) : x;
    for (const run of runsOf(text, base)) {
      this.#way.direction = run.direction;
      this.#page.drawText(run.text, { x: left, y, size, font, color: colour });
      left += font.widthOfTextAtSize(run.text, size);
    }
  }

  paragraph(text, { y, width, leading = 1.65, mostLines = MAX_LINES, ...style }) {
    let next = y;
    for (const row of this.#wrap(text, { width, ...style }).slice(0, mostLines)) {
      this.line(row, { ...style, y: next });
      next -= style.size * leading;
    }
    return next;
  }

  /** A single path of horizontal runs: edges between modules would show as hairlines. */
  qr(text, { x, y, side }) {
    const { data, size } = encode(text, { ecc: 'M', border: QUIET });
    const path = data.flatMap((row, top) =>
      row.flatMap((isDark, left) => {
        if (!isDark || row[left - 1]) return [];
        let end = left;
        while (row[end]) end += 1;
        return [`M${left} ${top}h${end - left}v1h-${end - left}z`];
      }),
    );
    const square = { x, y, width: side, height: side };
    this.#page.drawRectangle({ ...square, color: rgb(1, 1, 1) });
    this.#page.drawSvgPath(path.join(''), {
      x,
      y: y + side,
      scale: side / size,
      color: rgb(0, 0, 0),
    });
    this.#link(square, text);
  }

  #wrap(text, { width, ...style }) {
    const lines = [];
    let open = '';
    for (const word of text.split(/\s+/).filter((part) => part !== '')) {
      const longer = open === '' ? word : `${open} ${word}`;
      if (this.widthOf(longer, style) <= width) {
        open = longer;
        continue;
      }
      if (open !== '') lines.push(open);
      open = '';
      for (const { segment } of new Intl.Segmenter(this.#language).segment(word)) {
        if (open !== '' && this.widthOf(open + segment, style) > width) {
          lines.push(open);
          open = '';
        }
        open += segment;
      }
    }
    return open === '' ? lines : [...lines, open];
  }

  #link({ x, y, width, height }, address) {
    const { context } = this.#document;
    const annotation = context.obj({
      Type: 'Annot',
      Subtype: 'Link',
      Rect: [x, y, x + width, y + height],
      Border: [0, 0, 0],
      F: 4,
      Contents: PDFString.of(address),
      A: { Type: 'Action', S: 'URI', URI: PDFString.of(address) },
    });
    this.#page.node.addAnnot(context.register(annotation));
  }
}

const runsOf = (text, base) =>
  visualRuns(text, base)
    .map((run) => ({ ...run, text: run.text.replaceAll(MARKS, '') }))
    .filter((run) => run.text !== '');

const fitted = ({ width, height }, box) => {
  const scale = Math.min(box.width / width, box.height / height, box.most ?? Infinity);
  return { width: width * scale, height: height * scale, scale };
};

const drawLogo = (page, logo, { start, isRtl, top, width, height }) => {
  page.drawImage(logo, { x: isRtl ? start - width : start, y: top - height, width, height });
};

const drawRows = (pen, { sheet, fonts, y, width, start }) => {
  let next = y;
  for (const { label, value, isCode } of sheet.rows) {
    const common = { x: start, width, from: sheet.direction };
    next = pen.paragraph(label, {
      ...common,
      y: next,
      base: sheet.direction,
      font: fonts.regular,
      size: 9.5,
      colour: SOFT,
    });
    next = pen.paragraph(value, {
      ...common,
      y: next - 1.5,
      base: isCode ? 'ltr' : sheet.direction,
      font: fonts.bold,
      size: 11.5,
    });
    next -= 5;
  }
  return next;
};

const drawSheet = ({ document, page, sheet, fonts, way, logo }) => {
  const pen = new Pen({ document, page, way, language: sheet.language });
  const isRtl = sheet.direction === 'rtl';
  const start = isRtl ? A4.width - MARGIN : MARGIN;
  const width = A4.width - 2 * MARGIN;
  const style = { x: start, base: sheet.direction };
  const top = A4.height - MARGIN;
  const mark = logo && fitted(logo, { width: 140, height: 40 });
  const taken = mark ? mark.width + 12 : 0;
  if (mark) drawLogo(page, logo, { ...mark, start, isRtl, top: top + 8 });
  let y = top - 14;
  y = pen.paragraph(sheet.organisation, {
    ...style,
    x: isRtl ? start - taken : start + taken,
    y,
    width: width - taken,
    font: fonts.bold,
    size: 12.5,
    colour: SOFT,
    mostLines: 2,
  });
  if (mark) y = Math.min(y, top + 8 - mark.height - 10);
  page.drawLine({
    start: { x: MARGIN, y: y + 4 },
    end: { x: A4.width - MARGIN, y: y + 4 },
    thickness: 0.8,
    color: LINE,
  });
  y = pen.paragraph(sheet.title, {
    ...style,
    y: y - 28,
    width,
    font: fonts.bold,
    size: 19,
    leading: 1.5,
  });
  y = drawRows(pen, { sheet, fonts, y: y - 6, width, start });
  for (const note of sheet.notes)
    y = pen.paragraph(note, { ...style, y: y - 4, width, font: fonts.regular, size: 10.5 });
  const side = 150;
  const foot = Math.max(MARGIN, y - 8 - side);
  pen.qr(sheet.address, { x: isRtl ? start - side : start, y: foot, side });
  let beside = foot + side - 34;
  for (const caption of sheet.captions)
    beside = pen.paragraph(caption, {
      ...style,
      x: isRtl ? start - side - 14 : start + side + 14,
      y: beside,
      width: width - side - 14,
      font: fonts.regular,
      size: 10.5,
      colour: SOFT,
    });
};

const placePicture = async (document, page, bytes, box) => {
  const picture = await document.embedJpg(bytes);
  const { width, height } = fitted(picture, box);
  const at = { x: box.x + (box.width - width) / 2, y: box.y + box.height - height, width, height };
  page.drawImage(picture, at);
  return at;
};

/** The first page, smaller, under a stamp at the left, where a letter's number stands in Iran. */
const drawStamped = async ({ document, page, sheet, fonts, way, picture, logo }) => {
  const pen = new Pen({ document, page, way, language: sheet.language });
  const isRtl = sheet.direction === 'rtl';
  const side = 112;
  const stamp = { x: EDGE, width: 350, height: side + 8, y: A4.height - EDGE - side - 8 };
  const box = {
    x: EDGE,
    y: EDGE,
    width: A4.width - 2 * EDGE,
    height: stamp.y - EDGE - 12,
  };
  const placed = await placePicture(document, page, picture, box);
  page.drawRectangle({ ...placed, borderColor: LINE, borderWidth: 0.5 });

  page.drawRectangle({ ...stamp, color: rgb(1, 1, 1), borderColor: INK, borderWidth: 1 });
  pen.qr(sheet.address, { x: stamp.x + 4, y: stamp.y + 4, side });
  const inner = stamp.width - side - 22;
  const start = isRtl ? stamp.x + stamp.width - 10 : stamp.x + side + 12;
  const style = { x: start, base: sheet.direction };
  const mark = logo && fitted(logo, { width: 44, height: 20 });
  const aside = mark ? mark.width + 7 : 0;
  if (mark) drawLogo(page, logo, { ...mark, start, isRtl, top: stamp.y + stamp.height - 6 });
  let y = stamp.y + stamp.height - 19;
  y = pen.paragraph(sheet.organisation, {
    ...style,
    x: isRtl ? start - aside : start + aside,
    y,
    width: inner - aside,
    font: fonts.bold,
    size: 10,
    mostLines: 2,
    leading: 1.5,
  });
  y -= 2;
  for (const { label, value, isCode } of sheet.rows) {
    const name = `${label}: `;
    const small = { font: fonts.regular, size: 9, base: sheet.direction };
    pen.line(name, { ...small, x: start, y, colour: SOFT });
    const taken = pen.widthOf(name, small);
    pen.line(value, {
      x: isRtl ? start - taken : start + taken,
      y,
      base: isCode ? 'ltr' : sheet.direction,
      from: sheet.direction,
      font: fonts.bold,
      size: 10.5,
    });
    y -= 16.5;
  }
  const small = { ...style, width: inner, font: fonts.regular, size: 7.5, colour: SOFT };
  for (const caption of sheet.captions)
    y = pen.paragraph(caption, { ...small, y, mostLines: 2, leading: 1.45 });
};

/** A subset; PDF marks it by six letters and a plus before the name. */
const embedFont = async (document, weight) =>
  document.embedFont(await readFile(fontFile(weight)), {
    subset: true,
    customName: `${weight.slice(0, 4).toUpperCase().padEnd(6, 'A')}+Vazirmatn-${weight}`,
  });

const draw = async ({ sheet, picture }) => {
  const document = await PDFDocument.create({ updateMetadata: false });
  const { way, fontkit } = directed();
  document.registerFontkit(fontkit);
  // One after the other: their order is part of the bytes.
  const regular = await embedFont(document, 'Regular');
  const bold = await embedFont(document, 'Bold');
  document.setTitle(sheet.title, { showInWindowTitleBar: true });
  document.setAuthor(sheet.organisation);
  document.setCreationDate(sheet.at);
  document.setModificationDate(sheet.at);
  document.catalog
    .getOrCreateViewerPreferences()
    .setReadingDirection(sheet.direction === 'rtl' ? ReadingDirection.R2L : ReadingDirection.L2R);
  document.catalog.set(PDFName.of('Lang'), PDFString.of(sheet.language));
  const page = document.addPage([A4.width, A4.height]);
  const logo = sheet.logo && (await document.embedPng(sheet.logo));
  const parts = { document, page, sheet, fonts: { regular, bold }, way, picture, logo };
  await (picture ? drawStamped(parts) : drawSheet(parts));
  return document.save({ addDefaultPage: false, updateFieldAppearances: false });
};

/** A picture that cannot be shown is refused; what is printed of our own words never is. */
export const printSheet = async ({ sheet, picture }) => {
  if (!picture) return { pdf: Buffer.from(await draw({ sheet })) };
  try {
    return { pdf: Buffer.from(await draw({ sheet, picture })) };
  } catch (error) {
    return { refused: String(error?.message ?? error) };
  }
};
