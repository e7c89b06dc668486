// Pages are redrawn as JPEG, which costs a seventh of WebP's time: no metadata of the file is left. PDFium runs as
// WebAssembly, which confines its faults.
import { PDFiumLibrary } from '@hyzyla/pdfium';
import type { PDFiumDocument, PDFiumPage } from '@hyzyla/pdfium';
import type { FileType } from '../stored-file.ts';
import type { PreviewLimits } from '../preview.ts';
import { sharp } from '../../base/sharp.ts';
import { asRgb } from '../checks/ycbcr.ts';

export interface DrawnPage {
  page: number;
  total: number;
  width: number;
  height: number;
  bytes: Uint8Array;
}

export interface DrawJob {
  type: FileType;
  bytes: Buffer;
  from: number;
  limits: Pick<PreviewLimits, 'pdfPages' | 'tiffPages' | 'width' | 'pixels'>;
}

type Emit = (page: DrawnPage) => void;

const QUALITY = 80;
// A longer picture, in multiples of its width, is scaled down.
const MAX_RATIO = 4;
const POINTS_PER_INCH = 72;

export const drawPages = async (job: DrawJob, emit: Emit): Promise<{ isBroken: boolean }> => {
  try {
    await (job.type === 'pdf' ? drawPdf(job, emit) : drawPicture(job, emit));
    return { isBroken: false };
  } catch {
    return { isBroken: true };
  }
};

const drawPicture = async ({ type, bytes, from, limits }: DrawJob, emit: Emit): Promise<void> => {
  const input = {
    limitInputPixels: limits.pixels,
    failOn: 'error',
    sequentialRead: true,
  } as const;
  const total = (await sharp(bytes, input).metadata()).pages ?? 1;
  for (let page = from; page <= Math.min(total, limits.tiffPages); page += 1) {
    const opened = sharp(bytes, { ...input, page: page - 1 });
    const { data, info } = await (
      await asRgb(opened, { type, bytes, page })
    )
      .autoOrient()
      .resize({
        width: limits.width,
        height: limits.width * MAX_RATIO,
        fit: 'inside',
        withoutEnlargement: true,
      })
      .flatten({ background: '#fff' })
      .jpeg({ quality: QUALITY })
      .toBuffer({ resolveWithObject: true });
    emit({ page, total, width: info.width, height: info.height, bytes: data });
  }
};

let pdfium: PDFiumLibrary | undefined;

const drawPdf = async ({ bytes, from, limits }: DrawJob, emit: Emit): Promise<void> => {
  pdfium ??= await PDFiumLibrary.init();
  try {
    const document = await pdfium.loadDocument(bytes);
    const total = document.getPageCount();
    for (let page = from; page <= Math.min(total, limits.pdfPages); page += 1) {
      const drawn = await drawPdfPage(pageOf(pdfium, document, page - 1), limits.width);
      const { width, height, pixels } = drawn;
      const picture = await sharp(pixels, { raw: { width, height, channels: 4 } })
        .flatten({ background: '#fff' })
        .jpeg({ quality: QUALITY })
        .toBuffer();
      emit({ page, total, width, height, bytes: picture });
    }
    document.destroy();
  } catch (error) {
    // What a file did to it, the next one does not meet.
    pdfium = undefined;
    throw error;
  }
};

// Beyond the largest page of PDF (14,400 points), so that it crops nothing.
const EVERYWHERE = 1e6;

// A crop box outside the page would show nothing; other programs then show the whole page.
const pageOf = (library: PDFiumLibrary, document: PDFiumDocument, index: number): PDFiumPage => {
  const page = document.getPage(index);
  const { originalWidth, originalHeight } = page.getOriginalSize();
  if (originalWidth > 0 && originalHeight > 0) return page;
  const { module } = library as unknown as { module: CropModule };
  const { pageIdx } = page as unknown as { pageIdx: number };
  module._FPDFPage_SetCropBox(pageIdx, -EVERYWHERE, -EVERYWHERE, EVERYWHERE, EVERYWHERE);
  module._FPDF_ClosePage(pageIdx);
  return document.getPage(index);
};

interface CropModule {
  _FPDFPage_SetCropBox(page: number, ...box: number[]): void;
  _FPDF_ClosePage(page: number): void;
}

const drawPdfPage = async (drawn: PDFiumPage, width: number) => {
  const { originalWidth, originalHeight } = drawn.getOriginalSize();
  const scale = Math.min(
    width / originalWidth,
    (width * MAX_RATIO) / originalHeight,
    (width / POINTS_PER_INCH) * 2,
  );
  // At least a pixel each way: a page of none would end the drawing of those behind it.
  const picture = await drawn.render({
    scale,
    width: Math.max(originalWidth, Math.ceil(1 / scale)),
    height: Math.max(originalHeight, Math.ceil(1 / scale)),
    colorSpace: 'BGRA',
    renderFormFields: true,
    render: ({ data }) => Promise.resolve(data),
  });
  return { width: picture.width, height: picture.height, pixels: Buffer.from(picture.data) };
};
