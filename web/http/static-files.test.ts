import { expect, test } from 'vitest';
import { plainIdentity } from '../identity.ts';
import { LANGUAGES } from '../text/languages.ts';
import { loadStaticFiles } from './static-files.ts';

test('the files of the last identities stay, those of older ones go', () => {
  let identity = plainIdentity('سازمان');
  const files = loadStaticFiles(() => identity, LANGUAGES);
  const pathsOf = (colour: string) => {
    identity = { ...identity, colour };
    const { style, code } = files.paths;
    return { style, code };
  };
  const first = pathsOf('#7a1f3d');
  const last = ['#224466', '#335577', '#446688', '#5b2266', '#226644', '#664422'].map(pathsOf);
  expect(files.find(first.style)).toBeUndefined();
  expect(last.every(({ style }) => files.find(style))).toBe(true);
  expect(files.find(first.code)).toBeDefined();
  expect(files.find(files.paths.font)).toBeDefined();
});
