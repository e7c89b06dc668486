/** «بازگرداندن»: what a reviewer sees and can do while a decision is not applied yet. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SiteLetter, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { en } from '../text/en.ts';
import { fa } from '../text/fa.ts';

const WINDOW_SECONDS = 60;

let site: TestSite;
let reviewer: SiteMember;
beforeAll(async () => {
  site = await openTestSite({ env: { UNDO_SECONDS: String(WINDOW_SECONDS) } });
  reviewer = await site.addMember('reviewer');
});
afterAll(() => site?.stop());

/** Letters of which nobody else's list has any, oldest first, and that list. */
const listOf = async (count: number): Promise<{ letters: SiteLetter[]; queue: string }> => {
  const subject = `list${randomUUID().slice(0, 8)}`;
  const letters: SiteLetter[] = [];
  for (let made = 0; made < count; made += 1)
    letters.push(await site.letterIn('pending', { subject }));
  return { letters, queue: `filter=pending&q=${subject}` };
};

const as = ({ cookie }: SiteMember, language = 'fa') => ({ cookie: `${cookie}; lang=${language}` });

const send = (path: string, fields: Record<string, string>) =>
  site.post(path, new URLSearchParams(fields), as(reviewer));

const read = async (path: string, headers = as(reviewer)): Promise<string> =>
  (await site.get(path, headers)).text();

/** With the button of the page, unless a decision is named. */
const undo = async ({ id }: SiteLetter, fields: Record<string, string> = {}) => {
  const page = await read(`/staff/letters/${id}`);
  const decision = /name="decision" value="([^"]*)"/.exec(page)?.[1] ?? '';
  return send(`/staff/letters/${id}/undo`, { decision, ...fields });
};

const statusOf = async ({ id }: SiteLetter): Promise<string | undefined> => {
  const [row] = await site.db<{ status: string }[]>`select status from letters where id = ${id}`;
  return row?.status;
};

test('a decision made in the list leads to the next letter, with the way to take it back', async () => {
  const { letters, queue } = await listOf(2);
  const [next, letter] = letters as [SiteLetter, SiteLetter];
  const path = `/staff/letters/${letter.id}`;
  const answer = await send(`${path}/approval`, { unit: '', queue, round: '1' });
  expect(answer.status).toBe(303);
  const to = answer.headers.get('location') ?? '';
  expect(to).toBe(`/staff/letters/${next.id}?${queue}&decided=${letter.id}`);
  const page = await read(to);
  expect(page).toContain(`action="${path}/undo"`);
  const [, left = ''] = /data-undo-left="(\d+)"/.exec(page) ?? [];
  expect(Number(left)).toBeGreaterThan(WINDOW_SECONDS / 2);

  const undone = await undo(letter, { queue });
  expect(undone.status).toBe(303);
  const back = undone.headers.get('location') ?? '';
  expect(back).toBe(`${path}?${queue}&notice=undo_undone`);
  const again = await read(back);
  expect(again).toContain(fa.notices.undo_undone);
  expect(again).toContain(`action="${path}/approval"`);
});

test('the page of the letter offers the way back, and no second decision', async () => {
  const letter = await site.letterIn('pending');
  const path = `/staff/letters/${letter.id}`;
  const answer = await send(`${path}/rejection`, { reason: 'ناخوانا', round: '1' });
  const page = await read(answer.headers.get('location') ?? '');
  expect(page).toContain(fa.undo.decided.reject);
  expect(page).toContain(`action="${path}/undo"`);
  expect(page).not.toContain(`action="${path}/approval"`);
  expect(page).toContain('data-state="pending"');
});

test('a colleague sees who decided and when it is applied, and cannot take it back', async () => {
  const letter = await site.letterIn('pending');
  await send(`/staff/letters/${letter.id}/approval`, { unit: '', round: '1' });
  const colleague = await site.addMember('reviewer');
  const page = await read(`/staff/letters/${letter.id}`, as(colleague, 'en'));
  expect(page).toContain(en.staffLetter.openDecision.approve);
  expect(page).toContain(reviewer.name);
  expect(page).toContain(en.undo.left('00').split('00')[0] ?? 'nothing');
  expect(page).not.toContain('/undo"');
});

test('who comes too late is told so, on the letter as it stands', async () => {
  const letter = await site.letterIn('pending');
  await send(`/staff/letters/${letter.id}/approval`, { unit: '', round: '1' });
  const page = await read(`/staff/letters/${letter.id}`);
  const decision = /name="decision" value="([^"]*)"/.exec(page)?.[1] ?? '';
  await site.applyDecision(letter.id);
  const answer = await undo(letter, { decision });
  expect(answer.headers.get('location')).toContain('notice=undo_too_late');
  expect(await read(answer.headers.get('location') ?? '')).toContain(fa.notices.undo_too_late);
});

test('a letter with an open decision is not the next one to decide', async () => {
  const { letters, queue } = await listOf(3);
  const [last, decided, letter] = letters as [SiteLetter, SiteLetter, SiteLetter];
  await send(`/staff/letters/${decided.id}/approval`, { unit: '', round: '1' });
  const path = `/staff/letters/${letter.id}`;
  const answer = await send(`${path}/approval`, { unit: '', queue, round: '1' });
  expect(answer.headers.get('location')).toContain(`/staff/letters/${last.id}?`);
  expect(await read(`/staff?${queue}`)).toContain(fa.queue.waited.decided);
  expect(await statusOf(decided)).toBe('pending');
});
