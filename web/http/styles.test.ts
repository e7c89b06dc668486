import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { contrast, parseColour } from '../../src/platform/base/colour.ts';
import { allStyles, PAGE_STYLES, pageStyle, readStyle, STYLES, themesForShow } from './styles.ts';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const NONE = { light: '', dark: '' };
const SHEETS = [...STYLES, ...PAGE_STYLES];
const everyRule = (): string => [allStyles(NONE), ...PAGE_STYLES.map(pageStyle)].join('\n');

const filesOf = (folder: string, pattern: RegExp): string[] =>
  readdirSync(path.join(WEB, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => pattern.test(name))
    .map((name) => path.join(WEB, folder, name));

const withoutComments = (css: string): string => css.replace(/\/\*[\s\S]*?\*\//g, '');

/** Class names of the selectors: what stands before a brace. */
const classesOf = (css: string): Set<string> => {
  const selectors = withoutComments(css).match(/[^{}]+(?=\{)/g) ?? [];
  const names = selectors.flatMap((selector) =>
    selector.trim().startsWith('@') ? [] : [...selector.matchAll(/\.([a-z][\w-]*)/g)],
  );
  return new Set(names.map(([, name = '']) => name));
};

interface Uses {
  names: Set<string>;
  /** Of names whose end is known only when the page is drawn: `badge--${status}`. */
  beginnings: Set<string>;
}

/** Class names of the components and scripts: each word of a string that is a class. */
const usesOf = (sources: string[]): Uses => {
  const uses: Uses = { names: new Set(), beginnings: new Set() };
  for (const source of sources) {
    const values = [
      ...source.matchAll(/\bclass(?:Name)?=(?:"([^"]*)"|\{((?:[^{}]|\{[^{}]*\})*)\})/g),
      // Of a column of a table.
      ...[...source.matchAll(/\bclass: (.*)/g)].map(([all, line]) => [all, undefined, line]),
    ];
    for (const [, plain, computed = ''] of values) {
      const strings =
        plain === undefined
          ? [...computed.matchAll(/'([^']*)'|`([^`]*)`/g)].map(([, one, two]) => one ?? two ?? '')
          : [plain];
      const words = strings.flatMap((text) => text.replace(/\$\{[^}]*\}/g, '$').split(/\s+/));
      for (const word of words.filter(Boolean)) {
        const [beginning = '', ...rest] = word.split('$');
        if (rest.length > 0) uses.beginnings.add(beginning);
        else uses.names.add(word);
      }
    }
  }
  return uses;
};

const rulesWithoutUse = (css: string, { names, beginnings }: Uses): string[] =>
  [...classesOf(css)].filter(
    (name) =>
      !names.has(name) &&
      ![...beginnings].some((beginning) => beginning !== '' && name.startsWith(beginning)),
  );

const usesWithoutRule = (css: string, { names }: Uses): string[] => {
  const ruled = classesOf(css);
  return [...names].filter((name) => !ruled.has(name));
};

/** Physical sides, which would be wrong in one of the two directions. */
const PHYSICAL =
  /(?:^|[\s;{])((?:margin|padding|border)-(?:left|right|top|bottom)[\w-]*|(?:min-|max-)?(?:width|height)|left|right|top|bottom|float|clear|border-(?:top|bottom)-(?:left|right)-radius)\s*:|text-align\s*:\s*(?:left|right)/g;

const physicalIn = (css: string): string[] =>
  [
    ...withoutComments(css)
      .replace(/@media[^{]*/g, '')
      .matchAll(PHYSICAL),
  ].map(([all]) => all.trim());

const COLOUR = /#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/gi;

test('every sheet in the folder is served, in the order of the list', () => {
  const found = filesOf('public/styles', /\.css$/).map((file) => path.basename(file, '.css'));
  expect(found.toSorted()).toEqual(SHEETS.toSorted());
  expect(STYLES[0]).toBe('tokens');
});

test('no rule without a use, and no class without a rule', () => {
  const sources = filesOf('.', /(?<!\.test)\.tsx$/).map((file) => readFileSync(file, 'utf8'));
  const scripts = filesOf('public', /\.js$/).map((file) => readFileSync(file, 'utf8'));
  const uses = usesOf(sources);
  for (const [, name = ''] of scripts
    .join('\n')
    .matchAll(/(?:classList\.\w+\(|className = )'([\w-]+)'/g))
    uses.names.add(name);
  const css = everyRule();
  const shown = classesOf(themesForShow(NONE));
  expect(rulesWithoutUse(css, uses)).toEqual([]);
  expect(usesWithoutRule(css, uses).filter((name) => !shown.has(name))).toEqual([]);
});

test('the check of classes finds a dead rule and a class without one', () => {
  const css =
    '.card { color: red } .dead:hover, .badge--new { color: red } @media print { .card { top: 0.5rem } }';
  const uses = usesOf([
    '<p class="card bare"><b class={`badge badge--${state}`}/>',
    "<i class={x ? 'card' : 'x'}/>",
  ]);
  expect(rulesWithoutUse(css, uses)).toEqual(['dead']);
  expect(usesWithoutRule(css, uses)).toEqual(['bare', 'badge', 'x']);
});

test('the same rules serve both directions: only logical properties', () => {
  for (const name of SHEETS) expect([name, physicalIn(readStyle(name))]).toEqual([name, []]);
  expect(physicalIn('a { margin-left: 1px; text-align: right } b{left:0}')).toHaveLength(3);
  expect(physicalIn('a { margin-inline-start: 1px; border-block-end-width: 0 }')).toEqual([]);
});

test('colours stand in the tokens, and on paper', () => {
  for (const name of SHEETS.filter((sheet) => sheet !== 'tokens' && sheet !== 'print'))
    expect([name, withoutComments(readStyle(name)).match(COLOUR)]).toEqual([name, null]);
});

test('no token is unknown, and none is without a use', () => {
  const css = withoutComments(everyRule());
  const set = new Set([...css.matchAll(/[\s;{](--[\w-]+)\s*:/g)].map(([, name = '']) => name));
  const read = new Set([...css.matchAll(/var\((--[\w-]+)/g)].map(([, name = '']) => name));
  expect([...read].filter((name) => !set.has(name))).toEqual([]);
  expect([...set].filter((name) => !read.has(name))).toEqual([]);
});

test('both themes have the same tokens, and text that can be read', () => {
  const themes = Object.fromEntries(
    [...themesForShow(NONE).matchAll(/\.theme-(\w+) \{([^}]*)\}/g)].map(
      ([, theme = '', body = '']) => [
        theme,
        Object.fromEntries(
          [...body.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name = '', value = '']) => [
            name,
            value,
          ]),
        ),
      ],
    ),
  );
  const { light = {}, dark = {} } = themes;
  expect(Object.keys(dark).toSorted()).toEqual(Object.keys(light).toSorted());
  const rgb = (hex = '') => parseColour(hex.length === 4 ? hex.replace(/\w/g, '$&$&') : hex);
  for (const theme of [light, dark])
    for (const [ink, ground, least] of [
      ['ink', 'ground', 7],
      ['ink', 'surface', 7],
      ['ink-soft', 'ground', 4.5],
      ['ink-soft', 'surface-soft', 4.5],
      ['link', 'surface', 4.5],
      ['on-brand', 'yes', 4.5],
      ['line-strong', 'surface', 3],
      ...['pending', 'approved', 'rejected', 'returned', 'withdrawn'].flatMap((state) => [
        [`${state}-ink`, `${state}-soft`, 4.5] as const,
        [`${state}-line`, 'surface', 3] as const,
      ]),
    ] as const) {
      const [one, other] = [rgb(theme[`--${ink}`]), rgb(theme[`--${ground}`])];
      if (!one || !other) throw new Error(`no colour: ${ink} or ${ground}`);
      expect([ink, ground, contrast(one, other) >= least]).toEqual([ink, ground, true]);
    }
});
