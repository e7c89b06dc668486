/** Colours of the pages: contrast by WCAG 2, and the shades that follow from one colour. */

export interface Rgb {
  red: number;
  green: number;
  blue: number;
}

const WHITE: Rgb = { red: 255, green: 255, blue: 255 };
/** The least that text needs (WCAG 1.4.3), and things that are no text (1.4.11). */
export const TEXT_CONTRAST = 4.5;
const SHAPE_CONTRAST = 3;

/** @param hex `#rrggbb`; anything else is undefined */
export const parseColour = (hex: string): Rgb | undefined => {
  const [, red, green, blue] = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  return {
    red: Number.parseInt(red, 16),
    green: Number.parseInt(green, 16),
    blue: Number.parseInt(blue, 16),
  };
};

const channel = (value: number): number => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

const luminance = ({ red, green, blue }: Rgb): number =>
  0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);

/** From 1 to 21. */
export const contrast = (one: Rgb, other: Rgb): number => {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

/** Of white text on it. */
export const contrastWithWhite = (colour: Rgb): number => contrast(colour, WHITE);

const toHex = ({ red, green, blue }: Rgb): string =>
  `#${[red, green, blue].map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

const mix = (from: Rgb, to: Rgb, share: number): Rgb => ({
  red: from.red + (to.red - from.red) * share,
  green: from.green + (to.green - from.green) * share,
  blue: from.blue + (to.blue - from.blue) * share,
});

const BLACK: Rgb = { red: 0, green: 0, blue: 0 };
const STEPS = 400;
/** The most saturation of a shade: full colours glare on a dark ground. */
const QUIET = 0.62;

/** The same hue with another lightness, from 0 to 1. */
const withLightness = (colour: Rgb, lightness: number): Rgb => {
  const parts = [colour.red, colour.green, colour.blue].map((part) => part / 255);
  const [most, least] = [Math.max(...parts), Math.min(...parts)];
  const own = (most + least) / 2;
  const room = 1 - Math.abs(2 * own - 1);
  const saturation = Math.min(QUIET, room === 0 ? 0 : (most - least) / room);
  const reach = saturation * (1 - Math.abs(2 * lightness - 1));
  const span = most - least;
  const [red = 0, green = 0, blue = 0] = parts.map(
    (part) => 255 * (lightness + reach * (span === 0 ? 0 : (part - own) / span)),
  );
  return { red, green, blue };
};

const lightnessOf = ({ red, green, blue }: Rgb): number =>
  (Math.max(red, green, blue) + Math.min(red, green, blue)) / 510;

/** The nearest shade of the same hue towards black (0) or white (1) that `fits`. */
const shade = (colour: Rgb, towards: 0 | 1, fits: (shade: Rgb) => boolean): Rgb => {
  const from = lightnessOf(colour);
  for (let step = 0; step < STEPS; step += 1) {
    const tried =
      step === 0 ? colour : withLightness(colour, from + (towards - from) * (step / STEPS));
    if (fits(tried)) return tried;
  }
  return towards === 0 ? BLACK : WHITE;
};

/** The grounds that the shades must stand out from: `--surface-soft` of tokens.css in both themes. */
const LIGHT_GROUND: Rgb = { red: 237, green: 241, blue: 243 };
const DARK_GROUND: Rgb = { red: 31, green: 42, blue: 46 };
const LINK_CONTRAST = { light: 5, dark: 7 };
const HOVER_SHARE = 0.28;

export interface Shades {
  /** Ground of white text, and edge on the page's own ground. */
  brand: string;
  /** The same under the pointer. */
  brandStrong: string;
  link: string;
}

/**
 * The organisation's colour as the two themes need it. In light it stays as it is; in dark it is
 * made lighter until it stands out from the ground, as far as white text on it stays readable.
 * @param colour one that white text can be read on
 */
export const brandShades = (colour: Rgb): { light: Shades; dark: Shades } => {
  const darkBrand = shade(colour, 1, (tried) => contrast(tried, DARK_GROUND) >= SHAPE_CONTRAST);
  const readable = shade(darkBrand, 0, (tried) => contrastWithWhite(tried) >= TEXT_CONTRAST);
  return {
    light: {
      brand: toHex(colour),
      brandStrong: toHex(mix(colour, BLACK, HOVER_SHARE)),
      link: toHex(
        shade(colour, 0, (tried) => contrast(tried, LIGHT_GROUND) >= LINK_CONTRAST.light),
      ),
    },
    dark: {
      brand: toHex(readable),
      brandStrong: toHex(mix(readable, BLACK, HOVER_SHARE)),
      link: toHex(shade(colour, 1, (tried) => contrast(tried, DARK_GROUND) >= LINK_CONTRAST.dark)),
    },
  };
};
