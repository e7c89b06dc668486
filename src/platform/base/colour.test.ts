import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createProperties } from '../../testing/property.ts';
import { brandShades, contrast, contrastWithWhite, parseColour, TEXT_CONTRAST } from './colour.ts';

const properties = createProperties('colour');

const rgb = (hex: string) => parseColour(hex) ?? { red: -1, green: -1, blue: -1 };
const LIGHT_GROUND = rgb('#edf1f3');
const DARK_SURFACES = ['#101719', '#182124', '#1f2a2e'].map(rgb);

test('black on white is the highest contrast, a colour on itself the lowest', () => {
  expect(contrast(rgb('#000000'), rgb('#ffffff'))).toBe(21);
  expect(contrast(rgb('#336699'), rgb('#336699'))).toBe(1);
  expect(contrastWithWhite(rgb('#767676'))).toBeCloseTo(4.54, 2);
});

test('only six hexadecimal digits after # are a colour', () => {
  expect(parseColour('#0B5b66')).toEqual({ red: 11, green: 91, blue: 102 });
  for (const wrong of ['', '0b5b66', '#0b5', '#0b5b6g', '#0b5b667', 'teal', 'red;}'])
    expect(parseColour(wrong)).toBeUndefined();
});

test('whatever colour an organisation has, text and edges stay readable in both themes', async () => {
  const part = fc.integer({ min: 0, max: 255 });
  const colours = fc
    .record({ red: part, green: part, blue: part })
    .filter((colour) => contrastWithWhite(colour) >= TEXT_CONTRAST);
  await properties.holds(
    fc.property(colours, (colour) => {
      const { light, dark } = brandShades(colour);
      for (const shade of [light.brand, light.brandStrong, dark.brand, dark.brandStrong])
        expect(contrastWithWhite(rgb(shade))).toBeGreaterThanOrEqual(TEXT_CONTRAST - 0.05);
      expect(contrast(rgb(light.link), LIGHT_GROUND)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
      for (const surface of DARK_SURFACES) {
        expect(contrast(rgb(dark.brand), surface)).toBeGreaterThanOrEqual(2.9);
        expect(contrast(rgb(dark.link), surface)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
      }
    }),
  );
});
