import { expect, test } from 'vitest';
import { cleanFileName } from './file-name.ts';

test.each([
  ['نامه.pdf', 'نامه.pdf', 'pdf'],
  ['Letter.PDF', 'Letter.PDF', 'pdf'],
  ['../../etc/passwd.pdf', 'passwd.pdf', 'pdf'],
  ['C:\\Users\\ali\\scan.tif', 'scan.tif', 'tif'],
  ['a\u0000b\r\n.pdf', 'ab .pdf'.replace(' .', '.'), 'pdf'],
  ['a.pdf\u0000.exe', 'a.pdf.exe', 'exe'],
  ['cod\u202egpj.exe', 'codgpj.exe', 'exe'],
  ['می\u200cخواهم 😀.docx', 'می\u200cخواهم 😀.docx', 'docx'],
  ['\u0627\u0653ب.png', '\u0622ب.png', 'png'],
  ['.pdf', 'pdf', ''],
  ['....pdf', 'pdf', ''],
  ['...a.pdf', 'a.pdf', 'pdf'],
  ['.htaccess', 'htaccess', ''],
  ['...', 'file', ''],
  ['', 'file', ''],
  ['a.pdf. . ', 'a.pdf', 'pdf'],
  ['CON', 'CON', ''],
  ['%00.pdf', '%00.pdf', 'pdf'],
  ['a\ud800.pdf', 'a\ufffd.pdf', 'pdf'],
  ['\u200b .pdf', 'pdf', ''],
])('%j is shown as %j', (typed, name, extension) => {
  expect(cleanFileName(typed)).toEqual({ name, extension });
});

test('a long name keeps its extension and whole characters', () => {
  const { name } = cleanFileName(`${'😀ن'.repeat(2000)}.docx`);
  expect([...name]).toHaveLength(120);
  expect(name.endsWith('😀.docx') || name.endsWith('ن.docx')).toBe(true);
});

test('an extension that is all of a long name is no reason to fail', () => {
  expect([...cleanFileName(`a.${'x'.repeat(4000)}`).name].length).toBeLessThanOrEqual(120);
});
