import { expect, test } from 'vitest';
import { APPLICANT, createTestSite } from '../../src/testing/web.ts';
import { fa } from '../text/fa.ts';

const FILE = {
  name: 'نامه.pdf',
  type: 'pdf',
  bytes: 2_000,
  sha256: '0'.repeat(64),
  scan: 'infected',
} as const;

test('a letter whose file turned out to be infected is corrected with another file only', async () => {
  const site = createTestSite();
  const letter = site.fake.addLetter({ status: 'returned', returnReason: 'امضا', file: FILE });
  const path = `/letters/${letter.id}/correction`;
  const page = await (await site.get(path, APPLICANT)).text();
  expect(page).toContain(fa.file.scan.infected);
  expect(page).toContain(fa.correction.fileHintInfected('۱'));
  expect(page).not.toContain(fa.correction.fileHint('۱'));

  const form = new FormData();
  form.set('formKey', crypto.randomUUID());
  form.set('round', '1');
  form.set('unit', letter.unitId);
  form.set('subject', 'موضوع اصلاح‌شده');
  const answer = await site.post(path, form, APPLICANT);
  expect(answer.status).toBe(422);
  const redrawn = await answer.text();
  expect(redrawn).toContain(fa.correction.fileInfected);
  expect(redrawn).toContain('href="#file"');
  expect(redrawn).toContain('value="موضوع اصلاح‌شده"');
  expect(letter.status).toBe('returned');
});
