import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileRow } from '../../src/testing/letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { fa } from '../text/fa.ts';

let site: TestSite;
beforeAll(async () => {
  site = await openTestSite();
});
afterAll(() => site?.stop());

test('a letter whose file turned out to be infected is corrected with another file only', async () => {
  const file = { ...fileRow(), scan: 'infected' } as const;
  const letter = await site.letterIn('returned', { file });
  const { cookie } = letter.sender;
  const path = `/letters/${letter.id}/correction`;
  const page = await (await site.get(path, { cookie })).text();
  expect(page).toContain(fa.file.scan.infected);
  expect(page).toContain(fa.correction.fileHintInfected('۱', '۱۰'));
  expect(page).not.toContain(fa.correction.fileHint('۱', '۱۰'));

  const form = new FormData();
  form.set('formKey', crypto.randomUUID());
  form.set('round', '1');
  form.set('unit', letter.unitId);
  form.set('subject', 'موضوع اصلاح‌شده');
  const answer = await site.post(path, form, { cookie });
  expect(answer.status).toBe(422);
  const redrawn = await answer.text();
  expect(redrawn).toContain(fa.correction.fileInfected);
  expect(redrawn).toContain('href="#file"');
  expect(redrawn).toContain('value="موضوع اصلاح‌شده"');
  const [row] = await site.db`select status from letters where id = ${letter.id}`;
  expect(row).toEqual({ status: 'returned' });
});

test('the name of the sender is corrected with the letter, and staff see the earlier one', async () => {
  const letter = await site.letterIn('returned', { senderName: 'سارا احمدی' });
  const { cookie } = letter.sender;
  const path = `/letters/${letter.id}/correction`;
  expect(await (await site.get(path, { cookie })).text()).toContain('value="سارا احمدی"');
  const fields = { round: '1', unit: letter.unitId, subject: 'درخواست' };
  const send = (senderName: string) => {
    const form = new FormData();
    const all = { formKey: crypto.randomUUID(), ...fields, senderName };
    for (const [name, value] of Object.entries(all)) form.set(name, value);
    return site.post(path, form, { cookie });
  };
  const empty = await send(' ');
  expect(empty.status).toBe(422);
  expect(await empty.text()).toContain(fa.newLetter.problems.sender_missing);
  expect((await send('سارا احمدی‌نیا')).status).toBe(303);
  expect(await (await site.get(`/letters/${letter.id}`, { cookie })).text()).toContain(
    'سارا احمدی‌نیا',
  );
  const reviewer = await site.addMember('reviewer');
  const seen = await site.get(`/staff/letters/${letter.id}`, { cookie: reviewer.cookie });
  expect(await seen.text()).toContain('<bdi class="muted">سارا احمدی</bdi>');
});
