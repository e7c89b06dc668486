/**
 * Draws one sheet as PDF in a process of its own that may be killed at any moment: the first page of
 * a file that nobody trusts may be part of it. Only its picture is taken over; no script, link, form
 * or attachment of it comes along. Plain JavaScript, so that the process starts quickly. The same
 * sheet gives the same bytes.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import process from 'node:process';
import { create as createFont } from '@cantoo/fontkit';
import { degrees, PDFDocument, PDFString, rgb } from '@cantoo/pdf-lib';
import bidiFactory from 'bidi-js';
import { encode } from 'uqr';

const A4 = { width: 595.28, height: 841.89 };
const MARGIN = 42;
const INK = rgb(0.1, 0.11, 0.13);
const SOFT = rgb(0.36, 0.38, 0.42);
const LINE = rgb(0.72, 0.74, 0.77);
/** Blank modules that a reader needs around a QR code. */
const QUIET = 4;
const RTL_MARK = '‏';
const LTR_MARK = '‎';

const bidi = bidiFactory();
const here = createRequire(import.meta.url);
const fontFile = (weight) => here.resolve(`vazirmatn/fonts/ttf/Vazirmatn-${weight}.ttf`);

/**
 * The layout that pdf-lib asks for, told which way the run goes: by itself it takes Persian digits
 * for right-to-left. What has no width (a zero-width non-joiner) would be drawn as a space.
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

/** Runs of one direction, from left to right as they are seen; their texts in reading order. */
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
      if (end > start + 1)
        runs.splice(start, end - start, ...runs.slice(start, end).toReversed());
      start = Math.max(start, end - 1);
    }
  return runs.map(({ level, text: run }) => ({
    direction: level % 2 === 1 ? 'rtl' : 'ltr',
    text: run,
  }));
};

const createPen = ({ page, way, language }) => {
  const shown = (text) => text.replaceAll(RTL_MARK, '').replaceAll(LTR_MARK, '');
  const runsOf = (text, base) =>
    visualRuns(text, base)
      .map((run) => ({ ...run, text: shown(run.text) }))
      .filter((run) => run.text !== '');
  const widthOf = (text, { font, size, base }) =>
    runsOf(text, base).reduce((sum, run) => {
      way.direction = run.direction;
      return sum + font.widthOfTextAtSize(run.text, size);
    }, 0);

  /** `x` is where the line begins: its right edge when it is read from the right. */
  const line = (text, { x, y, font, size, base, colour = INK, from = base }) => {
    let left = from === 'rtl' ? x - widthOf(text, { font, size, base }) : x;
    for (const run of runsOf(text, base)) {
      way.direction = run.direction;
      page.drawText(run.text, { x: left, y, size, font, color: colour });
      left += font.widthOfTextAtSize(run.text, size);
    }
  };

  /** Words into lines; a word that is too long is cut anywhere. */
  const wrap = (text, { width, ...style }) => {
    const lines = [];
    let open = '';
    for (const word of text.split(/\s+/).filter((part) => part !== '')) {
      const longer = open === '' ? word : `${open} ${word}`;
      if (widthOf(longer, style) <= width) {
        open = longer;
        continue;
      }
      if (open !== '') lines.push(open);
      open = '';
      for (const { segment } of new Intl.Segmenter(language).segment(word)) {
        if (open !== '' && widthOf(open + segment, style) > width) {
          lines.push(open);
          open = '';
        }
        open += segment;
      }
    }
    return open === '' ? lines : [...lines, open];
  };

  /** @returns where the next line goes */
  const paragraph = (text, { y, width, leading = 1.65, mostLines = 12, ...style }) => {
    let next = y;
    for (const row of wrap(text, { width, ...style }).slice(0, mostLines)) {
      line(row, { ...style, y: next });
      next -= style.size * leading;
    }
    return next;
  };

  const qr = (text, { x, y, side }) => {
    const { data, size } = encode(text, { ecc: 'M', border: QUIET });
    const module = side / size;
    const path = data.flatMap((row, top) =>
      row.flatMap((isDark, left) => (isDark ? [`M${left} ${top}h1v1h-1z`] : [])),
    );
    page.drawRectangle({ x, y, width: side, height: side, color: rgb(1, 1, 1) });
    page.drawSvgPath(path.join(''), { x, y: y + side, scale: module, color: rgb(0, 0, 0) });
  };
  return { line, paragraph, widthOf, qr };
};

/** A picture within a box, as large as fits. */
const fitted = ({ width, height }, box) => {
  const scale = Math.min(box.width / width, box.height / height, box.most ?? Infinity);
  return { width: width * scale, height: height * scale, scale };
};

/** Rows of a name and a value, one under the other. */
const drawRows = (pen, { sheet, fonts, y, width, start, size }) => {
  let next = y;
  for (const { label, value, isCode } of sheet.rows) {
    const common = { x: start, width, from: sheet.direction };
    const name = { ...common, base: sheet.direction, font: fonts.regular, size: size * 0.82 };
    next = pen.paragraph(label, { ...name, y: next, colour: SOFT });
    next = pen.paragraph(value, {
      ...common,
      y: next - size * 0.12,
      base: isCode ? 'ltr' : sheet.direction,
      font: isCode ? fonts.regular : fonts.bold,
      size,
    });
    next -= size * 0.42;
  }
  return next;
};

/** Name of the organisation and its logo, as the head of a whole page. */
const drawHead = async (pen, { document, page, sheet, fonts, start }) => {
  const sign = sheet.direction === 'rtl' ? -1 : 1;
  let x = start;
  const top = A4.height - MARGIN;
  if (sheet.logo) {
    const logo = await document.embedPng(sheet.logo);
    const { width, height } = fitted(logo, { width: 90, height: 40 });
    page.drawImage(logo, { x: sign < 0 ? x - width : x, y: top - height, width, height });
    x += sign * (width + 12);
  }
  const style = { font: fonts.bold, base: sheet.direction };
  pen.line(sheet.organisation, { ...style, x, y: top - 24, size: 13, colour: SOFT });
  page.drawLine({
    start: { x: MARGIN, y: top - 52 },
    end: { x: A4.width - MARGIN, y: top - 52 },
    thickness: 0.8,
    color: LINE,
  });
  return top - 92;
};

/** A page of its own: a receipt, or the sheet that stands for a letter that has no pages here. */
const drawSheet = async (document, { sheet, fonts, way }) => {
  const page = document.addPage([A4.width, A4.height]);
  const pen = createPen({ page, way, language: sheet.language });
  const start = sheet.direction === 'rtl' ? A4.width - MARGIN : MARGIN;
  const width = A4.width - 2 * MARGIN;
  let y = await drawHead(pen, { document, page, sheet, fonts, start });
  const style = { x: start, base: sheet.direction };
  y = pen.paragraph(sheet.title, { ...style, y, width, font: fonts.bold, size: 19 });
  y = drawRows(pen, { sheet, fonts, y: y - 4, width, start, size: 12 });
  for (const note of sheet.notes)
    y = pen.paragraph(note, { ...style, y: y - 3, width, font: fonts.regular, size: 10.5 });
  const side = 128;
  const below = y - 10;
  pen.qr(sheet.qr.text, {
    x: sheet.direction === 'rtl' ? start - side : start,
    y: below - side,
    side,
  });
  pen.paragraph(sheet.qr.caption, {
    ...style,
    x: sheet.direction === 'rtl' ? start - side - 12 : start + side + 12,
    y: below - 30,
    width: width - side - 12,
    font: fonts.regular,
    size: 10.5,
    colour: SOFT,
  });
};

/** How a page is turned before it is shown, clockwise. */
const turnOf = (page) => ((page.getRotation().angle % 360) + 360) % 360;

const placeFirstPage = async (document, page, bytes, box) => {
  const source = await PDFDocument.load(bytes, { updateMetadata: false });
  const first = source.getPage(0);
  const turn = turnOf(first);
  const embedded = await document.embedPage(first);
  const isLying = turn === 90 || turn === 270;
  const seen = isLying
    ? { width: embedded.height, height: embedded.width }
    : { width: embedded.width, height: embedded.height };
  if (!(seen.width > 0 && seen.height > 0)) throw new Error('the page has no area');
  const { width, height, scale } = fitted(seen, { ...box, most: 1.5 });
  const x = box.x + (box.width - width) / 2;
  const y = box.y + box.height - height;
  const corner = {
    0: { x, y },
    90: { x, y: y + height },
    180: { x: x + width, y: y + height },
    270: { x: x + width, y },
  }[turn] ?? { x, y };
  page.drawPage(embedded, { ...corner, xScale: scale, yScale: scale, rotate: degrees(-turn) });
  return { x, y, width, height };
};

const placePicture = async (document, page, bytes, box) => {
  const picture = await document.embedJpg(bytes);
  const { width, height } = fitted(picture, box);
  const at = { x: box.x + (box.width - width) / 2, y: box.y + box.height - height, width, height };
  page.drawImage(picture, at);
  return at;
};

/** The first page, smaller, under a stamp at the left, where a letter's number stands in Iran. */
const drawStamped = async (document, { sheet, fonts, way, first }) => {
  const page = document.addPage([A4.width, A4.height]);
  const pen = createPen({ page, way, language: sheet.language });
  const edge = 24;
  const side = 96;
  const stamp = { x: edge, width: 330, height: side + 12, y: A4.height - edge - side - 12 };
  const box = {
    x: edge,
    y: edge,
    width: A4.width - 2 * edge,
    height: stamp.y - edge - 14,
  };
  const place = first.kind === 'pdf' ? placeFirstPage : placePicture;
  const placed = await place(document, page, first.bytes, box);
  page.drawRectangle({ ...placed, borderColor: LINE, borderWidth: 0.5 });

  page.drawRectangle({ ...stamp, color: rgb(1, 1, 1), borderColor: INK, borderWidth: 1 });
  const inner = stamp.width - side - 24;
  const start = sheet.direction === 'rtl' ? stamp.x + stamp.width - 10 : stamp.x + side + 12;
  const top = stamp.y + stamp.height;
  const style = { x: start, base: sheet.direction };
  pen.qr(sheet.qr.text, { x: stamp.x + 6, y: stamp.y + 6, side });
  let y = top - 18;
  y = pen.paragraph(sheet.organisation, {
    ...style,
    ...{ y, width: inner, font: fonts.bold, size: 10, mostLines: 2, leading: 1.45 },
  });
  for (const { label, value, isCode } of sheet.rows) {
    const name = `${label}: `;
    const small = { font: fonts.regular, size: 9, base: sheet.direction };
    pen.line(name, { ...small, x: start, y: y - 2, colour: SOFT });
    const taken = pen.widthOf(name, small);
    pen.line(value, {
      x: sheet.direction === 'rtl' ? start - taken : start + taken,
      y: y - 2,
      base: isCode ? 'ltr' : sheet.direction,
      from: sheet.direction,
      font: fonts.bold,
      size: 10.5,
    });
    y -= 16;
  }
  pen.paragraph(sheet.qr.caption, {
    ...style,
    ...{ y: y - 2, width: inner, font: fonts.regular, size: 7.5, mostLines: 2, leading: 1.4 },
    colour: SOFT,
  });
  if (sheet.logo) {
    const logo = await document.embedPng(sheet.logo);
    const { width, height } = fitted(logo, { width: 110, height: stamp.height - 20 });
    const right = A4.width - edge;
    page.drawImage(logo, { x: right - width, y: top - height, width, height });
  }
};

const draw = async ({ sheet, first }) => {
  const document = await PDFDocument.create({ updateMetadata: false });
  const { way, fontkit } = directed();
  document.registerFontkit(fontkit);
  const [regular, bold] = await Promise.all(
    ['Regular', 'Bold'].map(async (weight) =>
      document.embedFont(await readFile(fontFile(weight)), { subset: true }),
    ),
  );
  const at = new Date(sheet.at);
  document.setTitle(sheet.title, { showInWindowTitleBar: true });
  document.setAuthor(sheet.organisation);
  document.setLanguage(sheet.language);
  document.setCreationDate(at);
  document.setModificationDate(at);
  document.catalog.getOrCreateViewerPreferences().setReadingDirection(
    sheet.direction === 'rtl' ? 'R2L' : 'L2R',
  );
  document.catalog.set(document.context.obj('Lang'), PDFString.of(sheet.language));
  const parts = { sheet, fonts: { regular, bold }, way, first };
  await (first ? drawStamped(document, parts) : drawSheet(document, parts));
  return document.save({ addDefaultPage: false, updateFieldAppearances: false });
};

process.on('message', (asked) => {
  draw(asked).then(
    (pdf) => process.send({ pdf: Buffer.from(pdf) }),
    (error) => process.send({ fault: String(error?.message ?? error) }),
  );
});
process.send({ ready: true });
