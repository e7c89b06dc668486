import type { branding as persian } from '../fa/branding.ts';

const BLANK = 'Blank: as in Persian.';

export const branding: typeof persian = {
  branding: {
    lead: 'All pages, SMS and receipts show it some seconds after it was saved.',
    fields: {
      name: 'Name of the organisation',
      nameEn: 'Name in English',
      colour: 'Colour',
      helpPhone: 'Telephone of the help line',
      helpHours: 'Hours of the help line',
      helpHoursEn: 'Hours in English',
      address: 'Address of the secretariat',
      addressEn: 'Address in English',
      logoText: 'Alternative text of the logo',
      logoTextEn: 'Alternative text in English',
    },
    hints: {
      nameEn: BLANK,
      colour: 'Such as #0b5b66; white text must be readable on it.',
      helpPhone: 'At the foot of every page',
      helpHours: 'Such as Saturday to Wednesday, 8 to 15, in Persian.',
      helpHoursEn: BLANK,
      addressEn: BLANK,
      logoText: 'What it shows. Leave it blank if that is only the name.',
      logoTextEn: BLANK,
    },
    save: 'Save',
    preview: 'Preview',
    receipt: 'Preview of a receipt (PDF)',
    previewHeading: 'Header and help of the pages',
    logoHeading: 'Logo',
    logo: 'Logo file',
    logoHint: 'PNG, each side 64 to 2000 pixels, up to 200 kB',
    logoMissing: 'Choose the file of the logo',
    saveLogo: 'Save logo',
    removeLogo: 'Remove logo',
    logoProblems: {
      not_png: () => 'The logo must be a PNG',
      too_big: (kilobytes) => `The logo may have at most ${kilobytes} kB`,
      wrong_size: (_kilobytes, least, most) =>
        `Each side of the logo must have from ${least} to ${most} pixels`,
      broken: () => 'This PNG cannot be read',
      not_scanned: () => 'The file has not been scanned for viruses yet; try again a little later',
    },
    problems: {
      missing: 'Write the name of the organisation',
      too_long: (most) => `At most ${most} characters`,
      colour: 'Write the colour like #0b5b66',
      pale: (contrast) =>
        `White text on this colour is hard to read (contrast ${contrast}:1); take a darker shade`,
      phone: 'Write the telephone number in digits',
    },
  },
};
