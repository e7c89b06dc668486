import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { applyPatch, SABOTAGES } from './sabotages.ts';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

test.each(SABOTAGES)('"$name" still finds what it breaks', ({ patches }) => {
  for (const patch of patches) {
    const source = read(patch.file);
    expect(applyPatch(source, patch)).not.toBe(source);
  }
});

test('a sabotage that finds nothing to break is an error', () => {
  const patch = { file: 'a.ts', find: 'if (owner)', replace: 'if (true)' };
  expect(() => applyPatch('if (nobody)', patch)).toThrow(/a\.ts.*0 times/);
  expect(() => applyPatch('if (owner) if (owner)', patch)).toThrow(/2 times/);
});

test('there are twenty, each of its own name', () => {
  expect(new Set(SABOTAGES.map(({ name }) => name)).size).toBe(20);
});
