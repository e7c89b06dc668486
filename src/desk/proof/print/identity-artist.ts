import { drawAppIcons, drawTouchIcon, pngSize } from './app-icons.ts';
import type { AppIconPicture } from './app-icons.ts';
import { drawPrintLogo } from './print-logo.ts';

export interface Logo {
  type: 'image/png' | 'image/svg+xml';
  body: Uint8Array;
}

export interface IdentityPictures {
  size?: { width: number; height: number } | undefined;
  icons: AppIconPicture[];
  touchIcon: AppIconPicture;
  /** PNG. Undefined: an SVG with text, or one that cannot be drawn. */
  printLogo?: Buffer | undefined;
}

/** Of an SVG only the printed one is drawn: browsers draw it themselves. */
export const drawIdentity = async ({
  logo,
  colour,
}: {
  logo: Logo | undefined;
  colour: string;
}): Promise<IdentityPictures> => {
  const isPng = logo?.type === 'image/png';
  const size = isPng ? await pngSize(logo.body).catch(() => undefined) : undefined;
  const png = size && logo ? logo.body : undefined;
  return {
    size,
    icons: logo && !isPng ? [] : await drawAppIcons(png, colour),
    touchIcon: await drawTouchIcon(png, colour),
    printLogo: logo && (size || !isPng) ? await drawPrintLogo(logo) : undefined,
  };
};
