import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const DOCUMENTS = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
];
const MAX_LINE = 180;

const read = (file: string): string => readFileSync(file, 'utf8');

/** As GitHub makes them. */
const anchorsOf = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const brokenLinks = (file: string): string[] =>
  [...read(file).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)]
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [name = '', anchor] = link.split('#');
      const target = name === '' ? file : path.join(path.dirname(file), name);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });

test.for(DOCUMENTS)('every link of %s leads to a file and a heading', (file) => {
  expect(brokenLinks(file)).toEqual([]);
});

/** Decisions are kept as they were written; the tables of settings and limits are generated. */
const written = (text: string): string =>
  text.replaceAll(/<!-- (settings|limits):[^]*?<!-- \/\1 -->/g, '');

test.for(DOCUMENTS.filter((file) => !file.includes('decisions')))(
  `no line of %s has more than ${MAX_LINE} characters`,
  (file) => {
    const long = written(read(file))
      .split('\n')
      .filter((line) => [...line].length > MAX_LINE);
    expect(long).toEqual([]);
  },
);
