/**
 * The style sheet of all pages, concatenated in this order without a build: a later file may refine
 * an earlier one.
 */
import { readFileSync } from 'node:fs';

export const STYLES = [
  'tokens',
  'base',
  'page',
  'block',
  'form',
  'sign-in',
  'letter',
  'staff',
  'design',
  'media',
  'print',
] as const;

export const PAGE_STYLES = ['staff-letter'] as const;

export interface OwnShades {
  light: string;
  dark: string;
}

export const readStyle = (name: string): string =>
  readFileSync(new URL(`../public/styles/${name}.css`, import.meta.url), 'utf8');

const withoutComments = (css: string): string =>
  css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\n\s*\n+/g, '\n');

export const pageStyle = (name: (typeof PAGE_STYLES)[number]): string =>
  withoutComments(readStyle(name));

const THEME_BLOCK = /\/\* (light|dark) \*\/\s*:root \{([^}]*)\}/g;

export const allStyles = (own: OwnShades): string => {
  const [tokens = '', ...rest] = STYLES.map(readStyle);
  const ownColour = `:root { ${own.light} }\n@media (prefers-color-scheme: dark) { :root { ${own.dark} } }`;
  return withoutComments([tokens, ownColour, ...rest].join('\n'));
};

export const themesForShow = (own: OwnShades): string => {
  const blocks = [...readStyle('tokens').matchAll(THEME_BLOCK)];
  const themes = blocks.map(([, theme = '', declarations = '']) => {
    const shades = own[theme === 'dark' ? 'dark' : 'light'];
    return `.theme-${theme} { color-scheme: ${theme}; ${declarations} ${shades} }`;
  });
  return `@media (forced-colors: none) {\n${themes.join('\n')}\n}`;
};
