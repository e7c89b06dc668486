import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeOle } from '../../../testing/ole-files.ts';
import { createProperties, mutate, mutations } from '../../../testing/property.ts';
import { makeDoc, makeDocx } from '../../../testing/sample-files.ts';
import { readDocText } from './doc-text.ts';

const { holds } = createProperties('doc-text');
const read = (text: string, length = 1000) => readDocText(makeDoc({ text: [{ text }] }), length);

test('the text of a DOC is read paragraph by paragraph', async () => {
  const { text = '', cut } = (await readDocText(makeDoc(), 1000)) ?? {};
  expect(text.split('\n')).toEqual([
    'به نام خدا',
    'با سلام، درخواست پروانهٔ ساخت دارم.',
    'با احترام',
  ]);
  expect(cut).toBe(false);
});

test('pieces of one and of two bytes for each character are joined', async () => {
  const doc = makeDoc({
    text: [
      { text: 'Letter \x93no. 7\x94: ', narrow: true },
      { text: 'درخواست\r' },
      { text: 'caf\xe9\r', narrow: true },
    ],
  });
  expect(await readDocText(doc, 1000)).toEqual({
    text: 'Letter “no. 7”: درخواست\ncafé',
    cut: false,
  });
});

test('instructions of fields and marks of objects are left out, cells stand on lines of their own', async () => {
  const field = '\u0013 HYPERLINK "http://x" \u0013 PAGE \u00143\u0015\u0014پیوند\u0015';
  expect(
    (await read(`نک. ${field}.\u0001\u0008\rالف\u0007ب\u0007\u0007آ\u000bب\u000cپ\r`))?.text,
  ).toBe('نک. پیوند.\nالف\nب\nآ ب\nپ');
});

test('a long text is cut where the limit says', async () => {
  const { text = '', cut } = (await read('x'.repeat(99).concat('\r').repeat(50))) ?? {};
  expect(cut).toBe(true);
  expect(text.length).toBeLessThanOrEqual(1000);
  expect(text.length).toBeGreaterThan(980);
});

test('a Word 95 document in Persian is read in its code page', async () => {
  const document = Buffer.alloc(4096);
  document.writeUInt16LE(0xa5dc, 0);
  document.writeUInt16LE(0x0429, 6);
  document.writeUInt32LE(1024, 24);
  document.writeUInt32LE(5, 52);
  // «سلام» in Windows-1256.
  document.write('d3e1c7e30d', 1024, 'hex');
  const doc = makeOle([{ name: 'WordDocument', content: document }]);
  expect(await readDocText(doc, 1000)).toEqual({ text: 'سلام', cut: false });
});

test('what is no DOC, or has no table of its pieces, is not read', async () => {
  expect(await readDocText(makeDocx(), 1000)).toBe(undefined);
  expect(await readDocText(makeOle([{ name: 'Workbook', content: Buffer.alloc(9) }]), 9)).toBe(
    undefined,
  );
  const document = Buffer.alloc(4096);
  document.writeUInt16LE(0xa5ec, 0);
  const empty = makeOle([{ name: 'WordDocument', content: document }]);
  expect(await readDocText(empty, 1000)).toBe(undefined);
});

test('of a changed DOC no more than the limit is read, and nothing fails', async () => {
  const good = makeDoc();
  await holds(
    fc.asyncProperty(mutations, async (changes) => {
      const found = await readDocText(mutate(good, changes), 500);
      return found === undefined || found.text.length <= 500;
    }),
    2,
  );
});
