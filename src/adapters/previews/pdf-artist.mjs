/**
 * Draws the pages of one PDF that nobody trusts, in a process of its own that may be killed at any
 * moment: PDFium runs as WebAssembly, so that a fault in it reaches nothing of this machine. It gets
 * the bytes, says how many pages there are, and draws the ones that it is asked for.
 */
import process from 'node:process';
import { PDFiumLibrary } from '@hyzyla/pdfium';

const POINTS_PER_INCH = 72;
/** A page that is much longer than wide is drawn smaller. */
const MAX_RATIO = 4;

const library = await PDFiumLibrary.init();
let document;

const open = async (bytes) => {
  document = await library.loadDocument(bytes);
  return { total: document.getPageCount() };
};

/** Beyond the largest page of PDF (14,400 points), so that it crops nothing. */
const EVERYWHERE = 1e6;

/** A crop box outside the page would show nothing; other programs show the whole page then. */
const pageOf = (index) => {
  const page = document.getPage(index);
  const { originalWidth, originalHeight } = page.getOriginalSize();
  if (originalWidth > 0 && originalHeight > 0) return page;
  const { module } = library;
  module._FPDFPage_SetCropBox(page.pageIdx, -EVERYWHERE, -EVERYWHERE, EVERYWHERE, EVERYWHERE);
  module._FPDF_ClosePage(page.pageIdx);
  return document.getPage(index);
};

const draw = async (page, width) => {
  const drawn = pageOf(page - 1);
  const { originalWidth, originalHeight } = drawn.getOriginalSize();
  const scale = Math.min(
    width / originalWidth,
    (width * MAX_RATIO) / originalHeight,
    (width / POINTS_PER_INCH) * 2,
  );
  const picture = await drawn.render({
    scale,
    colorSpace: 'BGRA',
    renderFormFields: true,
    render: ({ data }) => Promise.resolve(data),
  });
  return { width: picture.width, height: picture.height, pixels: Buffer.from(picture.data) };
};

process.on('message', ({ bytes, page, width }) => {
  (bytes ? open(bytes) : draw(page, width)).then(
    (answer) => process.send?.(answer),
    () => process.send?.({ broken: true }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
