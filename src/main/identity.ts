/** Whose desk it is: the settings `ORG_…` checked, its logo read, its icons drawn; once, at start. */
import { readFile } from 'node:fs/promises';
import type { Identity } from '../../web/identity.ts';
import { drawAppIcons, drawTouchIcon, pngSize } from '../adapters/images/app-icons.ts';
import { drawPrintLogo } from '../adapters/images/print-logo.ts';
import type { Config } from '../config.ts';
import { OperatorError } from '../domain/errors.ts';

const LARGEST_LOGO_BYTES = 200 * 1024;
const LOGO_SIDE = { least: 64, most: 2000 };

/** What runs or fetches something when an SVG is opened by itself. */
const ACTIVE_SVG =
  /<script|<foreignObject|<!ENTITY|<!DOCTYPE[^>]*\[|\son\w+\s*=|(?:href|src)\s*=\s*["'](?!#|data:image\/)|url\(\s*["']?(?!#|["'])|@import|javascript:/i;

type Logo = NonNullable<Identity['logo']>;

const isPng = (body: Uint8Array): boolean =>
  Buffer.from(body.subarray(0, 8)).toString('latin1') === '\x89PNG\r\n\x1a\n';

const readLogo = async (file: string): Promise<Logo> => {
  const refuse = (why: string, cause?: unknown): OperatorError =>
    new OperatorError(`ORG_LOGO_FILE ${file}: ${why}`, cause);
  const body = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw refuse(`cannot be read (${error.code ?? error.message})`, error);
  });
  if (body.length > LARGEST_LOGO_BYTES)
    throw refuse(
      `is ${Math.ceil(body.length / 1024)} kB; a logo may have ${LARGEST_LOGO_BYTES / 1024} kB`,
    );
  if (isPng(body)) {
    const { width, height } = await pngSize(body).catch((error: unknown) => {
      throw refuse('is a broken PNG', error);
    });
    if (Math.min(width, height) < LOGO_SIDE.least || Math.max(width, height) > LOGO_SIDE.most)
      throw refuse(
        `is ${width}×${height} pixels; each side must have from ${LOGO_SIDE.least} to ${LOGO_SIDE.most}`,
      );
    return { type: 'image/png', body };
  }
  const text = body.toString('utf8');
  if (
    !/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!DOCTYPE[^>[]*>\s*)?<svg[\s>]/.test(text)
  )
    throw refuse('is neither PNG nor SVG');
  const found = ACTIVE_SVG.exec(text)?.[0].trim();
  if (found !== undefined)
    throw refuse(`holds ${found}; a logo may not hold scripts, events or links to elsewhere`);
  return { type: 'image/svg+xml', body };
};

/** @throws OperatorError of one line when the logo cannot be shown */
export const loadIdentity = async (config: Config): Promise<Identity> => {
  const logo = config.ORG_LOGO_FILE === '' ? undefined : await readLogo(config.ORG_LOGO_FILE);
  // In this process an SVG is never drawn: the reader of pictures is closed to it.
  const drawn = logo?.type !== 'image/svg+xml';
  const limits = { seconds: config.PRINT_SECONDS, memoryBytes: config.PRINT_MB * 1024 * 1024 };
  const printLogo = logo && (await drawPrintLogo(logo, limits));
  return {
    names: {
      get fa() {
        return config.ORG_NAME;
      },
      en: config.ORG_NAME_EN,
    },
    colour: config.ORG_COLOUR,
    logo,
    ...(printLogo && { printLogo }),
    icons: drawn ? await drawAppIcons(logo?.body, config.ORG_COLOUR) : [],
    touchIcon: await drawTouchIcon(drawn ? logo?.body : undefined, config.ORG_COLOUR),
    help: {
      phone: config.ORG_HELP_PHONE,
      hours: { fa: config.ORG_HELP_HOURS, en: config.ORG_HELP_HOURS_EN },
      address: { fa: config.ORG_ADDRESS, en: config.ORG_ADDRESS_EN },
    },
  };
};
