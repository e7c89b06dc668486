import type { Identity } from '../identity.ts';
import type { Text } from '../text/fa.ts';

interface ManifestIcon {
  src: string;
  sizes: string;
  type: string;
  purpose: string;
}

/** `--ground` of the light theme in tokens.css. */
const GROUND = '#f4f6f7';
const SHORT = 12;

export const manifestOf = (
  { language, layout }: Text,
  { names, colour }: Identity,
  icons: ManifestIcon[],
): string => {
  const name = names[language.code] || names.fa;
  return JSON.stringify({
    id: '/',
    start_url: '/',
    scope: '/',
    name: `${layout.product} – ${name}`,
    short_name: [...name].length <= SHORT ? name : layout.shortProduct,
    description: layout.description,
    lang: language.code,
    dir: language.direction,
    display: 'minimal-ui',
    theme_color: colour,
    background_color: GROUND,
    icons,
  });
};
