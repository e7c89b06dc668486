/** «بازگرداندن»: what a reviewer sees and can do while a decision is not applied yet. */
import { expect, test } from 'vitest';
import { createTestSite, REVIEWER } from '../../src/testing/web.ts';
import type { StaffLetter } from '../../src/usecases/desk.ts';
import { en } from '../text/en.ts';
import { fa } from '../text/fa.ts';

const QUEUE = 'filter=pending';

const siteWithWindow = (undoSeconds = 5) => {
  const site = createTestSite();
  site.fake.undoSeconds = undoSeconds;
  const send = (path: string, fields: Record<string, string>) =>
    site.post(path, new URLSearchParams(fields), REVIEWER);
  const read = async (path: string, headers: Record<string, string> = REVIEWER): Promise<string> =>
    (await site.get(path, headers)).text();
  const undo = (letter: StaffLetter, fields: Record<string, string> = {}) =>
    send(`/staff/letters/${letter.id}/undo`, {
      decision: letter.openDecision?.undoId ?? '',
      ...fields,
    });
  return { ...site, send, read, undo };
};

test('a decision made in the list leads to the next letter, with the way to take it back', async () => {
  const site = siteWithWindow();
  const [next, letter] = [site.fake.addLetter(), site.fake.addLetter()];
  const path = `/staff/letters/${letter.id}`;
  const answer = await site.send(`${path}/approval`, { unit: '', queue: QUEUE, round: '1' });
  expect(answer.status).toBe(303);
  const to = answer.headers.get('location') ?? '';
  expect(to).toBe(`/staff/letters/${next.id}?${QUEUE}&decided=${letter.id}`);
  const page = await site.read(to);
  expect(page).toContain(`action="${path}/undo"`);
  expect(page).toContain(fa.undo.left('۵'));

  const undone = await site.undo(letter, { queue: QUEUE });
  expect(undone.status).toBe(303);
  const back = undone.headers.get('location') ?? '';
  expect(back).toBe(`${path}?${QUEUE}&notice=undo_undone`);
  const again = await site.read(back);
  expect(again).toContain(fa.notices.undo_undone);
  expect(again).toContain(`action="${path}/approval"`);
});

test('the page of the letter offers the way back, and no second decision', async () => {
  const site = siteWithWindow();
  const letter = site.fake.addLetter();
  const path = `/staff/letters/${letter.id}`;
  const answer = await site.send(`${path}/rejection`, { reason: 'ناخوانا', round: '1' });
  const page = await site.read(answer.headers.get('location') ?? '');
  expect(page).toContain(fa.undo.decided.reject);
  expect(page).toContain(`action="${path}/undo"`);
  expect(page).not.toContain(`action="${path}/approval"`);
  expect(page).toContain('data-state="pending"');
});

test('a colleague sees who decided and when it is applied, and cannot take it back', async () => {
  const site = siteWithWindow();
  const letter = site.fake.addLetter({
    openDecision: { kind: 'approve', by: 'مریم', at: new Date(), undoSeconds: 4 },
  });
  const page = await site.read(`/staff/letters/${letter.id}`, {
    cookie: `${REVIEWER.cookie}; lang=en`,
  });
  expect(page).toContain(en.staffLetter.openDecision.approve);
  expect(page).toContain('مریم');
  expect(page).toContain(en.undo.left('4'));
  expect(page).not.toContain('/undo"');
});

test('who comes too late is told so, on the letter as it stands', async () => {
  const site = siteWithWindow();
  const letter = site.fake.addLetter();
  const answer = await site.undo(letter, { decision: crypto.randomUUID() });
  expect(answer.headers.get('location')).toContain('notice=undo_too_late');
  expect(await site.read(answer.headers.get('location') ?? '')).toContain(fa.notices.undo_too_late);
});

test('a letter with an open decision is not the next one to decide', async () => {
  const site = siteWithWindow();
  const last = site.fake.addLetter();
  const decided = site.fake.addLetter({ hasOpenDecision: true });
  const letter = site.fake.addLetter();
  const path = `/staff/letters/${letter.id}`;
  const answer = await site.send(`${path}/approval`, { unit: '', queue: QUEUE, round: '1' });
  expect(answer.headers.get('location')).toContain(`/staff/letters/${last.id}?`);
  expect(await site.read('/staff')).toContain(fa.queue.waited.decided);
  expect(decided.status).toBe('pending');
});

test('without a window a decision is applied at once', async () => {
  const site = siteWithWindow(0);
  const letter = site.fake.addLetter();
  const answer = await site.send(`/staff/letters/${letter.id}/approval`, { unit: '', round: '1' });
  expect(answer.headers.get('location')).toContain('notice=decision_applied');
  expect(letter.status).toBe('approved');
});
