import { readFile } from 'node:fs/promises';
import type { Identity } from '../../web/identity.ts';
import type { FilePool } from '../platform/files/pool/file-pool.ts';
import type { Config } from '../config.ts';
import { OperatorError } from '../platform/base/errors.ts';

const LARGEST_LOGO_BYTES = 200 * 1024;
const LOGO_SIDE = { least: 64, most: 2000 };

/** What runs or fetches something when an SVG is opened on its own. */
const ACTIVE_SVG =
  /<script|<foreignObject|<!ENTITY|<!DOCTYPE[^>]*\[|\son\w+\s*=|(?:href|src)\s*=\s*["'](?!#|data:image\/)|url\(\s*["']?(?!#|["'])|@import|javascript:/i;

type Logo = NonNullable<Identity['logo']>;

const isPng = (body: Uint8Array): boolean =>
  Buffer.from(body.subarray(0, 8)).toString('latin1') === '\x89PNG\r\n\x1a\n';

const refuse = (file: string, why: string, cause?: unknown): OperatorError =>
  new OperatorError(`ORG_LOGO_FILE ${file}: ${why}`, cause);

const readLogo = async (file: string): Promise<Logo> => {
  const body = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw refuse(file, `cannot be read (${error.code ?? error.message})`, error);
  });
  if (body.length > LARGEST_LOGO_BYTES)
    throw refuse(
      file,
      `is ${Math.ceil(body.length / 1024)} kB; a logo may have ${LARGEST_LOGO_BYTES / 1024} kB`,
    );
  if (isPng(body)) return { type: 'image/png', body };
  const text = body.toString('utf8');
  if (
    !/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*(?:<!DOCTYPE[^>[]*>\s*)?<svg[\s>]/.test(text)
  )
    throw refuse(file, 'is neither PNG nor SVG');
  const found = ACTIVE_SVG.exec(text)?.[0].trim();
  if (found !== undefined)
    throw refuse(file, `holds ${found}; a logo may not hold scripts, events or links to elsewhere`);
  return { type: 'image/svg+xml', body };
};

const ensureSize = (file: string, size: { width: number; height: number } | undefined): void => {
  if (!size) throw refuse(file, 'is a broken PNG');
  const { width, height } = size;
  if (Math.min(width, height) < LOGO_SIDE.least || Math.max(width, height) > LOGO_SIDE.most)
    throw refuse(
      file,
      `is ${width}×${height} pixels; each side must have from ${LOGO_SIDE.least} to ${LOGO_SIDE.most}`,
    );
};

export const loadIdentity = async (
  config: Config,
  pool: Pick<FilePool, 'run'>,
): Promise<Identity> => {
  const { ORG_LOGO_FILE: file, ORG_COLOUR: colour } = config;
  const logo = file === '' ? undefined : await readLogo(file);
  const drawn = await pool.run({
    name: 'drawIdentity',
    input: { logo, colour },
    owner: 'operator',
    limits: {
      cpuSeconds: config.limits.printSeconds,
      memoryBytes: config.limits.printMb * 1024 * 1024,
    },
  });
  if (drawn.how === 'costly') throw refuse(file, 'takes too much time or memory to draw');
  const { size, ...pictures } = drawn.result;
  if (logo?.type === 'image/png') ensureSize(file, size);
  return {
    names: {
      get fa() {
        return config.ORG_NAME;
      },
      en: config.ORG_NAME_EN,
    },
    colour,
    logo,
    icons: pictures.icons,
    touchIcon: pictures.touchIcon,
    ...(pictures.printLogo && { printLogo: pictures.printLogo }),
    help: {
      phone: config.ORG_HELP_PHONE,
      hours: { fa: config.ORG_HELP_HOURS, en: config.ORG_HELP_HOURS_EN },
      address: { fa: config.ORG_ADDRESS, en: config.ORG_ADDRESS_EN },
    },
  };
};
