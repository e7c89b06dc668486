import { afterAll, expect, test } from 'vitest';
import { FILE_LIMITS } from '../file-checks.ts';
import { makeDoc, makeDocx, makeZip, refusedSample } from '../../../testing/sample-files.ts';
import { FilePool, PREVIEW_POOL } from '../pool/file-pool.ts';
import type { DocumentText } from './document-text.ts';
import { readText } from './read-text.ts';

const LIMITS = { ...FILE_LIMITS, length: 1000, seconds: 50, memoryBytes: 256 * 1024 * 1024 };
const pool = new FilePool(PREVIEW_POOL);
afterAll(() => pool.close());

const tryToRead = (docx: Buffer, limits: Partial<typeof LIMITS> = {}) =>
  readText(pool, { type: 'docx', bytes: docx }, { owner: 'a', limits: { ...LIMITS, ...limits } });

const read = async (docx: Buffer): Promise<DocumentText> => {
  const found = await tryToRead(docx);
  if (typeof found === 'string') throw new Error(found);
  return found;
};

const docxOf = (body: string | Buffer): Buffer =>
  makeZip([
    {
      name: 'word/document.xml',
      content:
        typeof body === 'string' ? `<w:document><w:body>${body}</w:body></w:document>` : body,
      pack: true,
    },
  ]);
const run = (text: string): string => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`;

test('the text of a document is told paragraph by paragraph, without its styles', async () => {
  const { text, cut } = await read(makeDocx());
  expect(text.split('\n').length).toBeGreaterThan(1);
  expect(text).not.toContain('<');
  expect(text).toMatch(/[آ-ی]{3}/);
  expect(cut).toBe(false);
});

test('of a DOC the text is read too', async () => {
  const how = { owner: 'a', limits: LIMITS };
  const found = await readText(pool, { type: 'doc', bytes: makeDoc() }, how);
  expect(found).toMatchObject({ text: expect.stringContaining('درخواست پروانهٔ ساخت'), cut: false });
  expect(await readText(pool, { type: 'doc', bytes: makeDocx() }, how)).toBe('broken');
});

test('pieces of a word are joined, and what is no text of the document is left out', async () => {
  const { text } = await read(
    docxOf(
      `<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>${run('نا')}${run('مه &lt;۱&gt; &#1575;')}</w:p>` +
        '<w:p><w:r><w:instrText>INCLUDEPICTURE "http://x"</w:instrText></w:r></w:p><w:p/>' +
        `<w:p>${run('یک')}<w:r><w:br/><w:delText>پاک‌شده</w:delText></w:r>${run('دو')}</w:p>` +
        `<mc:AlternateContent><mc:Choice><w:p>${run('کادر')}</w:p></mc:Choice>` +
        `<mc:Fallback><w:p>${run('کادر')}</w:p></mc:Fallback></mc:AlternateContent>` +
        `<!-- <w:t>یادداشت</w:t> --><w:p>${run('a\u202eb')}</w:p>`,
    ),
  );
  expect(text).toBe('نامه <۱> ا\nیک دو\nکادر\nab');
});

test('a long text is cut where the limit says, and one in UTF-16 is read too', async () => {
  const long = docxOf(
    Array.from({ length: 50 }, () => `<w:p>${run('x'.repeat(99))}</w:p>`).join(''),
  );
  const { text, cut } = await read(long);
  expect(cut).toBe(true);
  expect(text.length).toBeLessThanOrEqual(1000);
  expect(text.length).toBeGreaterThan(990);
  const wide = Buffer.from(`\ufeff<w:p>${run('نامه')}</w:p>`, 'utf16le');
  expect(await read(docxOf(wide))).toEqual({ text: 'نامه', cut: false });
});

test('tags without an end and millions of them are read to the end within the limit', async () => {
  expect((await read(docxOf('<'.repeat(3_000_000)))).text).toBe('');
  expect((await read(docxOf('<w:p>'.repeat(600_000)))).text).toBe('');
  expect((await read(docxOf('<!--'.repeat(600_000)))).text).toBe('');
});

test('what is no document or is damaged is broken; what takes too much is not', async () => {
  const { bytes: damaged } = await refusedSample('truncated docx');
  expect(await tryToRead(damaged)).toBe('broken');
  expect(await tryToRead(makeZip([{ name: 'a.txt', content: 'نامه' }]))).toBe('broken');
  const large = docxOf(`<w:p>${run('x'.repeat(2_000_000))}</w:p>`);
  expect(await tryToRead(large, { memoryBytes: 8_000_000 })).toBe('broken');
  const many = docxOf('<w:p/>'.repeat(600_000));
  expect(await tryToRead(many, { seconds: 0 })).toBe('costly');
});
