import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAllowed, KNOWN_LICENCES, readComponents } from './components.ts';

const components = readComponents(readFileSync('package-lock.json', 'utf8'));

test('every component has a licence that the organisation may use', () => {
  expect(components.length).toBeGreaterThan(200);
  const others = components.filter(({ licence }) => !isAllowed(licence));
  expect(others.map(({ name, version, licence }) => `${name} ${version}: ${licence}`)).toEqual([]);
});

test('every component is told apart by a checksum', () => {
  const without = components.filter(({ integrity }) => !integrity?.startsWith('sha512-'));
  expect(without.map(({ place }) => place)).toEqual([]);
});

test('what was read in a licence is of a component that there is', () => {
  const names = new Set(components.map(({ name }) => name));
  expect(Object.keys(KNOWN_LICENCES).filter((name) => !names.has(name))).toEqual([]);
});

test('another licence, none, and half of a pair are refused', () => {
  expect(isAllowed('GPL-3.0-only')).toBe(false);
  expect(isAllowed('AGPL-3.0-or-later')).toBe(false);
  expect(isAllowed(undefined)).toBe(false);
  expect(isAllowed('MIT AND GPL-2.0-only')).toBe(false);
  expect(isAllowed('(MIT OR GPL-2.0-only)')).toBe(true);
  expect(isAllowed('Apache-2.0 AND LGPL-3.0-or-later')).toBe(true);
});

test('every direct component has its line in the decision about dependencies', () => {
  const page = readFileSync('docs/decisions/0006-dependencies.md', 'utf8');
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const lines = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = new Set(
    lines.flatMap((line) => {
      const names = [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(
        ([, name = '']) => name,
      );
      // Of one scope: the first name has it, the others are short.
      const [scope] = names[0]?.startsWith('@') ? (names[0].split('/') as [string]) : [''];
      return names.flatMap((name) => [name, `${scope}/${name}`]);
    }),
  );
  const direct = Object.keys({ ...dependencies, ...devDependencies });
  expect(direct.filter((name) => !named.has(name))).toEqual([]);
  // The day of its newest release then, and its licence.
  expect(lines.filter((line) => !/\| \d{4}-\d{2} \| [\w.-]+ \|$/.test(line))).toEqual([]);
});
