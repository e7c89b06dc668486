export interface Rgb {
  red: number;
  green: number;
  blue: number;
}

const WHITE: Rgb = { red: 255, green: 255, blue: 255 };
// WCAG 1.4.3 for text, 1.4.11 for other things.
export const TEXT_CONTRAST = 4.5;
const SHAPE_CONTRAST = 3;

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

export const contrast = (one: Rgb, other: Rgb): number => {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

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
// Fully saturated colours glare on a dark ground.
const QUIET = 0.62;

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

const shade = (colour: Rgb, towards: 0 | 1, fits: (shade: Rgb) => boolean): Rgb => {
  const from = lightnessOf(colour);
  for (let step = 0; step < STEPS; step += 1) {
    const tried =
      step === 0 ? colour : withLightness(colour, from + (towards - from) * (step / STEPS));
    if (fits(tried)) return tried;
  }
  return towards === 0 ? BLACK : WHITE;
};

// `--surface-soft` of tokens.css in both themes.
const LIGHT_GROUND: Rgb = { red: 237, green: 241, blue: 243 };
const DARK_GROUND: Rgb = { red: 31, green: 42, blue: 46 };
const LINK_CONTRAST = { light: 5, dark: 7 };
const HOVER_SHARE = 0.28;

export interface Shades {
  brand: string;
  brandStrong: string;
  link: string;
}

/**
 * The light theme keeps the colour. The dark one lightens it until it stands out, as far as white
 * text on it stays readable.
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
