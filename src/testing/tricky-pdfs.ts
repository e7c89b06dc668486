/**
 * PDF files of one page whose looks depend on more than the page's content. Each shows a frame and a
 * black bar at the top; what must not be seen is a bar across the middle.
 */
import { PDFDocument } from '@cantoo/pdf-lib';
import type { EncryptionAlgorithm } from '@cantoo/pdf-lib';
import { pdfOf, pdfStream } from './pdf-objects.ts';

const FRAME = '0 0 1 RG 8 w 8 8 384 584 re S 0 g 60 480 280 60 re f';
const BAR = '1 0 0 rg 40 240 320 120 re f';
const content = (text: string): Buffer => pdfStream('', Buffer.from(text));
const form = (text: string): Buffer =>
  pdfStream('/Type /XObject /Subtype /Form /BBox [0 0 400 600]', Buffer.from(text));

const onePage = ({
  catalog = '',
  page = '',
  resources = '',
  text = FRAME,
  objects = [],
}: {
  catalog?: string;
  page?: string;
  resources?: string;
  text?: string;
  /** Numbered from 5. */
  objects?: (string | Buffer)[];
}): Buffer =>
  pdfOf([
    `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Contents 4 0 R' +
      ` /Resources << ${resources} >> ${page} >>`,
    content(text),
    ...objects,
  ])();

const layer = (configuration: string, group = '/Type /OCG /Name (layer)'): Buffer =>
  onePage({
    catalog: `/OCProperties << /OCGs [5 0 R] /D << /Order [5 0 R] ${configuration} >> >>`,
    resources: '/Properties << /MC0 5 0 R >>',
    text: `${FRAME} /OC /MC0 BDC ${BAR} EMC`,
    objects: [`<< ${group} >>`],
  });

const note = (flags: number): Buffer =>
  onePage({
    page: '/Annots [5 0 R]',
    objects: [
      `<< /Type /Annot /Subtype /Stamp /Rect [0 0 400 600] /F ${flags} /AP << /N 6 0 R >> >>`,
      form(BAR),
    ],
  });

const FIELD = '/Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (written) /F 4';
const field = (): Buffer =>
  onePage({
    catalog:
      '/AcroForm << /Fields [5 0 R] /NeedAppearances true /DA (/Helv 12 Tf 0 g)' +
      ' /DR << /Font << /Helv 6 0 R >> >> >>',
    page: '/Annots [5 0 R]',
    objects: [
      `<< ${FIELD} /Rect [40 380 360 440] /DA (/Helv 40 Tf 0 g) /MK << /BC [0 0 0] >> >>`,
      '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ],
  });

const inherited = (): Buffer =>
  pdfOf([
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 400 600] /Rotate 90' +
      ' /Resources << /XObject << /Letter 5 0 R >> >> >>',
    '<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>',
    content('/Letter Do'),
    form(FRAME),
  ])();

/** The last object of its number is not the one that the table of places names. */
const doctored = (): Buffer => {
  const bytes = onePage({});
  const end = bytes.lastIndexOf('xref\n0');
  const other = `4 0 obj\n<< /Length ${BAR.length} >>\nstream\n${BAR}\nendstream\nendobj\n`;
  const tail = bytes
    .subarray(end)
    .toString('latin1')
    .replace(/startxref\n\d+/, `startxref\n${end + other.length}`);
  return Buffer.concat([bytes.subarray(0, end), Buffer.from(other), Buffer.from(tail)]);
};

/** Opens without a password; printing and changing it are not allowed. */
export const restrictedPdf = async (algorithm: EncryptionAlgorithm): Promise<Buffer> => {
  const document = await PDFDocument.load(onePage({}));
  document.encrypt({
    userPassword: '',
    ownerPassword: 'owner',
    permissions: { printing: false, modifying: false },
    algorithm,
    allowWeakCryptography: true,
  });
  return Buffer.from(await document.save());
};

const VIEW_OFF = '/Type /OCG /Name (layer) /Usage << /View << /ViewState /OFF >> >>';
const BY_VIEW = '/AS [<< /Event /View /Category [/View] /OCGs [5 0 R] >>]';
const HIDDEN = 2;
const NO_VIEW = 32;
const PRINT = 4;

export const trickyPdfs = async (): Promise<Record<string, Buffer>> => ({
  'a plain page': onePage({}),
  'a layer that is off': layer('/OFF [5 0 R]'),
  'layers that are all off': layer('/BaseState /OFF'),
  'a layer that is not for viewing': layer(BY_VIEW, VIEW_OFF),
  'a layer by membership': onePage({
    catalog: '/OCProperties << /OCGs [5 0 R] /D << /OFF [5 0 R] >> >>',
    resources: '/Properties << /MC0 6 0 R >>',
    text: `${FRAME} /OC /MC0 BDC ${BAR} EMC`,
    objects: ['<< /Type /OCG /Name (layer) >>', '<< /Type /OCMD /OCGs [5 0 R] /P /AllOn >>'],
  }),
  'a drawing on a layer that is off': onePage({
    catalog: '/OCProperties << /OCGs [5 0 R] /D << /OFF [5 0 R] >> >>',
    resources: '/XObject << /Bar 6 0 R >>',
    text: `${FRAME} /Bar Do`,
    objects: [
      '<< /Type /OCG /Name (layer) >>',
      pdfStream('/Type /XObject /Subtype /Form /BBox [0 0 400 600] /OC 5 0 R', Buffer.from(BAR)),
    ],
  }),
  'a hidden note': note(HIDDEN),
  'a note that is not for viewing': note(NO_VIEW | PRINT),
  'a field without a drawing of its own': field(),
  'a cropped page': onePage({ page: '/CropBox [0 400 400 600]' }),
  'a crop box outside the page': onePage({ page: '/CropBox [1000 1000 1200 1200]' }),
  'a turned page in its own unit': onePage({ page: '/Rotate 270 /UserUnit 2' }),
  'a page that inherits everything': inherited(),
  'a page with two contents': doctored(),
  'AES-256 without a password to open': await restrictedPdf('AES-256'),
  'RC4 of 40 bits without a password to open': await restrictedPdf('RC4-40'),
});

/** Its layer is on, so the bar is seen. */
export const layeredPdf = (): Buffer => layer('');
