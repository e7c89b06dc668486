import { drawAppIcons, drawTouchIcon, pngSize } from './app-icons.ts';
import type { AppIconPicture } from './app-icons.ts';
import { copyPixels, drawPrintLogo } from './print-logo.ts';

export interface IdentityPictures {
  /** Undefined: no logo, or one that cannot be read. */
  size?: { width: number; height: number } | undefined;
  logo?: Buffer | undefined;
  icons: AppIconPicture[];
  touchIcon: AppIconPicture;
  /** PNG. */
  printLogo?: Buffer | undefined;
}

export const drawIdentity = async ({
  logo,
  colour,
}: {
  /** PNG. */
  logo: Uint8Array | undefined;
  colour: string;
}): Promise<IdentityPictures> => {
  const size = logo && (await pngSize(logo).catch(() => undefined));
  const whole = size && logo;
  return {
    size,
    logo: whole && (await copyPixels(whole)),
    icons: await drawAppIcons(whole, colour),
    touchIcon: await drawTouchIcon(whole, colour),
    printLogo: whole && (await drawPrintLogo(whole)),
  };
};
