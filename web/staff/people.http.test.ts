/** The help desk: a person is found by number or name, and their page answers what callers ask. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCode, sendCode } from '../../src/desk/applicants/sign-in-codes.ts';
import { submitLetter } from '../../src/desk/letters/submit-letter.ts';
import { eraseLetterRow } from '../../src/operations/maintenance/retention.sql.ts';
import { takeMessage, markSent } from '../../src/platform/messages/messages.sql.ts';
import { addAuditEntry } from '../../src/platform/audit/audit.sql.ts';
import { hashToken } from '../../src/platform/sealing/secrets.ts';
import { fileRow } from '../../src/testing/letters.ts';
import { readMessages } from '../../src/testing/messages.ts';
import { cookieOf, freshMobile } from '../../src/testing/real-site.ts';
import type { SiteApplicant, SiteLetter, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';

const STRANGER = { address: '', isKnown: false, solved: 'picture' } as const;

let site: TestSite;
let sender: SiteApplicant;
let letter: SiteLetter;
const staff = {} as Record<'reviewer' | 'colleague' | 'admin' | 'auditor' | 'unit', SiteMember>;

beforeAll(async () => {
  site = await openTestSite({ env: { RATE_LIMITS: 'on' } });
  sender = await site.addApplicant();
  letter = await site.letterIn('approved', {
    sender,
    senderName: 'علی‌رضا کریمی',
    subject: 'پروانه',
  });
  staff.reviewer = await site.addMember('reviewer');
  staff.colleague = await site.addMember('reviewer', { name: 'کاوه ملکی' });
  staff.admin = await site.addMember('admin');
  staff.auditor = await site.addMember('auditor');
  staff.unit = await site.addMember('unit', { unitIds: [letter.unitId] });
});
afterAll(() => site?.stop());

const look = async (path: string, who: keyof typeof staff = 'reviewer'): Promise<string> => {
  const { cookie } = staff[who];
  return (await site.get(`/staff/people${path}`, { cookie })).text();
};
const find = (search: string, who?: keyof typeof staff): Promise<string> =>
  look(`?q=${encodeURIComponent(search)}`, who);
const local = (mobile: string): string => mobile.replace('+98', '0');
const masked = (mobile: string): string => `${local(mobile).slice(0, 4)}•••${mobile.slice(-4)}`;
const persian = (text: string): string =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(0x6f0 + Number(digit)));
const hrefOf = ({ id }: SiteApplicant): string => `/staff/people/${id}`;

test('a person is found by their number in every spelling', async () => {
  const digits = sender.mobile.slice(3);
  for (const typed of [
    `0${digits}`,
    `+98${digits}`,
    `0098${digits}`,
    `98${digits}`,
    persian(`0${digits}`),
  ])
    expect([typed, await find(typed)]).toEqual([typed, expect.stringContaining(hrefOf(sender))]);
});

test('a person is found by words of their name, however an Arabic keyboard writes them', async () => {
  for (const typed of ['کریمی', 'كريمي', 'عليرضا', 'علی‌رضا کریمی', 'کریمی علیرضا'])
    expect([typed, await find(typed)]).toEqual([typed, expect.stringContaining(hrefOf(sender))]);
  for (const typed of ['کریم', 'رضا', 'کریمی تهرانی', '«»'])
    expect([typed, await find(typed)]).toEqual([
      typed,
      expect.not.stringContaining(hrefOf(sender)),
    ]);
});

test('a list shows no whole number; the page shows it to who may act, and masked to an auditor', async () => {
  const whole = persian(local(sender.mobile));
  const hidden = persian(masked(sender.mobile));
  for (const who of ['reviewer', 'admin', 'auditor'] as const) {
    const list = await find('کریمی', who);
    expect([list.includes(whole), list.includes(hidden)]).toEqual([false, true]);
  }
  expect(await look(`/${sender.id}`)).toContain(whole);
  const ofAuditor = await look(`/${sender.id}`, 'auditor');
  expect([ofAuditor.includes(whole), ofAuditor.includes(hidden)]).toEqual([false, true]);
});

test('the page has the letters with their state and a link, the SMS and the sessions', async () => {
  const html = await look(`/${sender.id}`);
  expect(html).toContain('<h1><bdi>علی‌رضا کریمی</bdi></h1>');
  expect(html).toContain(`data-letter="${letter.id}" data-state="approved"`);
  expect(html).toContain(`href="/staff/letters/${letter.id}"`);
  expect(html).toContain('خبر تایید');
  expect(html).toContain('<dt>نشست‌های باز</dt><dd>۱</dd>');
});

test('every search and every opening of a page is audited: who looked at whom', async () => {
  const { cookie } = staff.admin;
  await site.get(`/staff/people?q=${encodeURIComponent('کریمی')}`, { cookie });
  for (const mobile of [sender.mobile, freshMobile()])
    await site.get(`/staff/people?q=${local(mobile)}`, { cookie });
  await site.get(hrefOf(sender), { cookie });
  const entries = await site.db`
    select action, details from audit_entries where actor = ${staff.admin.id}
    order by id desc limit 4`;
  expect(entries).toEqual([
    { action: 'person_opened', details: { applicantId: sender.id } },
    { action: 'people_searched', details: { kind: 'number' } },
    { action: 'people_searched', details: { kind: 'number', applicantId: sender.id } },
    { action: 'people_searched', details: { kind: 'name', applicants: 1 } },
  ]);
});

test('units have no help desk, and no link to it', async () => {
  const { cookie } = staff.unit;
  for (const path of ['/staff/people', hrefOf(sender)])
    expect((await site.get(path, { cookie })).status).toBe(403);
  expect(await (await site.get('/staff', { cookie })).text()).not.toContain('href="/staff/people"');
  const queue = await site.get('/staff', { cookie: staff.auditor.cookie });
  expect(await queue.text()).toContain('<a class="quiet-link" href="/staff/people">مراجعان</a>');
});

test('a person who does not exist is not found', async () => {
  const { cookie } = staff.reviewer;
  for (const id of [randomUUID(), 'nobody'])
    expect((await site.get(`/staff/people/${id}`, { cookie })).status).toBe(404);
});

test('who gets no code is told why, although nobody has signed in with the number', async () => {
  const mobile = freshMobile();
  const token = randomUUID();
  await sendCode(site.deps, { mobile, tokenHash: hashToken(token), asker: STRANGER });
  const [message] = await readMessages(site.db, { mobile });
  const code = message?.params.code ?? '';
  const wrong = code === '000000' ? '000001' : '000000';
  await checkCode(site.deps, { tokenHash: hashToken(token), code: wrong });
  const [row] = await site.db<{ id: string }[]>`
    select id from messages where kind = 'code' order by created_at desc limit 1`;
  const id = row?.id ?? '';
  await takeMessage(site.db, { id, again: false, gateway: 'test' });
  await markSent(site.db, { id, keepText: false });
  await site.db`
    update messages set delivery = 'undelivered', delivery_reason = 'blocked' where id = ${id}`;
  const html = await find(local(mobile));
  expect(html).toContain('با این شماره هنوز کسی وارد نشده است');
  expect(html).toContain('data-end="open"');
  expect(html).toContain('به گوشی نرسید');
  expect(html).toContain('blocked');
  expect(html).toContain('۱ بار');
  expect(html).toContain('این شماره محدود نیست');
  expect(html).not.toContain(code);
});

test('a number at its limit is said to be limited, until when, and which code was not sent', async () => {
  const { id, mobile } = await site.addApplicant();
  for (let count = 0; count < 6; count += 1)
    await sendCode(site.deps, { mobile, tokenHash: hashToken(randomUUID()), asker: STRANGER });
  const html = await look(`/${id}`);
  expect(html).toContain('این شماره به سقف کدها رسیده است');
  expect(html).toContain('در مرورگری که پیش‌تر با آن وارد شده است هنوز کد می‌گیرد');
  expect(html).toContain('۵ کد از');
  expect(html.split('فرستاده نشد: سقف کدها')).toHaveLength(2);
});

test('a name is found no more after its letter is erased', async () => {
  const { id } = await site.letterIn('withdrawn', { senderName: 'پاک‌شدنی یکتا' });
  expect(await find('یکتا')).toContain('پاک‌شدنی یکتا');
  await site.db.begin((tx) => eraseLetterRow(tx, id));
  const [row] = await site.db`select sender_words from letters where id = ${id}`;
  expect(row).toEqual({ senderWords: [] });
  expect(await find('یکتا')).toContain('کسی با این نام پیدا نشد');
});

test('the page reads in English too', async () => {
  const html = await look(`/${sender.id}?lang=en`);
  for (const word of ['Sign-in and codes', 'Open sessions', 'SMS about letters', 'Approved'])
    expect(html).toContain(word);
});

const correct = (
  person: SiteApplicant,
  fields: Record<string, string>,
  who: keyof typeof staff = 'reviewer',
): Promise<Response> =>
  site.post(`/staff/people/${person.id}/name`, new URLSearchParams(fields), {
    cookie: staff[who].cookie,
  });
const WRONG = 'سارا احمدي‌پور';
const RIGHT = 'سارا احمدپور';
const REASON = 'شناسنامه دیده شد';

test('a name is corrected with its trace: old and new, who, when and why; its sender sees the new one', async () => {
  const person = await site.addApplicant();
  const { id } = await site.letterIn('approved', { sender: person, senderName: WRONG });
  const other = await site.letterIn('pending', { sender: person, senderName: 'شرکت سپید' });
  const [entryBefore] = await site.db`select hash from register_entries where letter_id = ${id}`;
  const answer = await correct(person, { nameBefore: WRONG, name: RIGHT, nameReason: REASON });
  expect([answer.status, answer.headers.get('location')]).toEqual([
    303,
    `/staff/people/${person.id}?notice=name_corrected`,
  ]);
  const html = await look(`/${person.id}`);
  for (const shown of [WRONG, RIGHT, REASON, staff.reviewer.name]) expect(html).toContain(shown);
  const own = await (await site.get(`/letters/${id}`, { cookie: person.cookie })).text();
  expect([own.includes(RIGHT), own.includes(WRONG), own.includes(REASON)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(await find('احمدپور')).toContain(hrefOf(person));
  expect(await find('احمدی‌پور')).not.toContain(hrefOf(person));
  const entries = await site.db<{ letterId: string; details: object }[]>`
    select letter_id, details from audit_entries where action = 'name_corrected'`;
  expect(entries.map(({ letterId }) => letterId)).toEqual([id]);
  expect(JSON.stringify(entries)).not.toMatch(/سارا|شناسنامه/);
  expect(await site.db`select hash from register_entries where letter_id = ${id}`).toEqual([
    entryBefore,
  ]);
  expect(await look(`/${person.id}`)).toContain('شرکت سپید');
  expect(other.id).not.toBe(id);
});

test('a correction that lacks something comes back with what was typed', async () => {
  const nothing = await correct(sender, { nameBefore: 'علی‌رضا کریمی', nameReason: REASON });
  const html = await nothing.text();
  expect(nothing.status).toBe(422);
  expect(html).toContain('نام درست را بنویسید');
  expect(html).toContain(REASON);
  const gone = await correct(sender, { nameBefore: 'دیگری', name: RIGHT, nameReason: REASON });
  expect([gone.status, await gone.text()]).toEqual([
    422,
    expect.stringContaining('دیگر نامه‌ای با آن نام نیست'),
  ]);
});

test('an auditor corrects no name, and nobody their own', async () => {
  const fields = { nameBefore: 'علی‌رضا کریمی', name: RIGHT, nameReason: REASON };
  expect((await correct(sender, fields, 'auditor')).status).toBe(403);
  expect(await look(`/${sender.id}`, 'auditor')).not.toContain('name="nameReason"');
  const own = await site.addMember('reviewer', { mobile: sender.mobile });
  const answer = await site.post(`${hrefOf(sender)}/name`, new URLSearchParams(fields), {
    cookie: own.cookie,
  });
  expect(answer.status).toBe(403);
  expect(await look(`/${sender.id}`)).not.toContain(RIGHT);
});

const post = (
  path: string,
  fields: Record<string, string>,
  { cookie }: Pick<SiteMember, 'cookie'>,
): Promise<Response> => site.post(`/staff/people/${path}`, new URLSearchParams(fields), { cookie });

const mover = async () => {
  const person = await site.addApplicant();
  const { id } = await site.letterIn('approved', { sender: person, senderName: 'مینا صادقی' });
  return { person, id, mobile: freshMobile() };
};

// The person signs in with the new number too.
const propose = async (
  given: { person: SiteApplicant; mobile: string },
  by: SiteMember = staff.reviewer,
): Promise<string> => {
  const move = await proposeOnly(given, by);
  await signInNew(move);
  return move;
};

const signInNew = async (move: string): Promise<void> => {
  const [to] = await site.db<{ id: string }[]>`
    select to_applicant_id as id from letter_moves where id = ${move}`;
  const actor = { kind: 'applicant', id: to?.id ?? '' } as const;
  await addAuditEntry(site.db, { actor, action: 'signed_in' });
};

const proposeOnly = async (
  { person, mobile }: { person: SiteApplicant; mobile: string },
  by: SiteMember = staff.reviewer,
): Promise<string> => {
  const fields = { newMobile: local(mobile), moveReason: 'کارت ملی دیده شد' };
  const answer = await post(`${person.id}/moves`, fields, by);
  expect(answer.headers.get('location')).toBe(`/staff/people/${person.id}?notice=move_proposed`);
  const [move] = await site.db<{ id: string }[]>`
    select id from letter_moves where applicant_id = ${person.id} and outcome is null`;
  return move?.id ?? '';
};

const decide = async (
  { person, move, act }: { person: SiteApplicant; move: string; act: string },
  by: SiteMember,
): Promise<string | null> => {
  const answer = await post(`${person.id}/move-decision`, { move, act }, by);
  return answer.headers.get('location')?.replace(/.*notice=/, '') ?? String(answer.status);
};

const ownerOf = async (letterId: string): Promise<string> => {
  const [row] = await site.db<{ applicantId: string }[]>`
    select applicant_id from letters where id = ${letterId}`;
  return row?.applicantId ?? '';
};

const actionsOf = async (letterId: string): Promise<string[]> => {
  const rows = await site.db<{ action: string }[]>`
    select action from audit_entries
    where letter_id = ${letterId} and action like '%move%' order by id`;
  return rows.map(({ action }) => action);
};

test('letters move to a new number when a second member approves, and the old number is told', async () => {
  const { person, id, mobile } = await mover();
  const move = await propose({ person, mobile });
  expect(await ownerOf(id)).toBe(person.id);
  expect(await look('')).toContain(hrefOf(person));
  const shown = await look(`/${person.id}`, 'colleague');
  for (const text of [persian(local(mobile)), 'کارت ملی دیده شد', 'تایید انتقال'])
    expect(shown).toContain(text);
  const ofAuditor = await look(`/${person.id}`, 'auditor');
  expect([ofAuditor.includes(persian(local(mobile))), ofAuditor.includes('name="act"')]).toEqual([
    false,
    false,
  ]);
  const later = await site.letterIn('pending', { sender: person });
  expect(await decide({ person, move, act: 'approve' }, staff.colleague)).toBe('move_approve');

  const [to] = await site.db<{ id: string }[]>`
    select to_applicant_id as id from letter_moves where id = ${move}`;
  expect(await ownerOf(id)).toBe(to?.id);
  expect(await ownerOf(later.id)).toBe(person.id);
  expect(await actionsOf(id)).toEqual(['move_proposed', 'letter_moved']);
  const message = (await readMessages(site.db, { mobile: person.mobile })).at(-1);
  expect(message).toMatchObject({ kind: 'moved', letterId: id });
  expect(message?.text).toContain('به شماره همراه دیگری منتقل شد');
  const again = await site.get(`/letters/${id}`, { cookie: person.cookie });
  expect([again.status, again.headers.get('location')]).toEqual([303, '/?notice=session_ended']);
  const asOld = await cookieOf(site.db, { applicantId: person.id });
  expect((await site.get(`/letters/${id}`, { cookie: asOld })).status).toBe(404);
  const asNew = await cookieOf(site.db, { applicantId: to?.id ?? '' });
  expect((await site.get(`/letters/${id}`, { cookie: asNew })).status).toBe(200);
  expect(await find(local(mobile))).toContain('مینا صادقی');
});

test('nobody approves or refuses their own proposal, and nobody withdraws that of a colleague', async () => {
  const { person, id, mobile } = await mover();
  const move = await propose({ person, mobile });
  for (const act of ['approve', 'refuse'])
    expect(await decide({ person, move, act }, staff.reviewer)).toBe('move_late');
  expect(await decide({ person, move, act: 'withdraw' }, staff.colleague)).toBe('move_late');
  expect(await decide({ person, move, act: 'approve' }, staff.auditor)).toBe('403');
  expect(await ownerOf(id)).toBe(person.id);
  await expect(
    site.db`update letter_moves set outcome = 'moved', ended_at = now(), ended_by = proposed_by
      where id = ${move}`,
  ).rejects.toThrow('letter_moves_second_check');
  expect(await decide({ person, move, act: 'withdraw' }, staff.reviewer)).toBe('move_withdraw');
  expect(await decide({ person, move, act: 'approve' }, staff.colleague)).toBe('move_late');
  expect(await ownerOf(id)).toBe(person.id);
});

test('of members who decide on a proposal at once the first one counts', async () => {
  const { person, id, mobile } = await mover();
  const move = await propose({ person, mobile });
  const found = await Promise.all([
    decide({ person, move, act: 'approve' }, staff.colleague),
    decide({ person, move, act: 'refuse' }, staff.admin),
    decide({ person, move, act: 'approve' }, staff.admin),
  ]);
  expect(found.filter((notice) => notice === 'move_late')).toHaveLength(2);
  const isMoved = found.includes('move_approve');
  expect((await ownerOf(id)) !== person.id).toBe(isMoved);
  expect(await actionsOf(id)).toHaveLength(2);
});

test('a proposal that is wrong comes back with what was typed, and one at a time is open', async () => {
  const { person, mobile } = await mover();
  const wrong = await post(
    `${person.id}/moves`,
    { newMobile: '۰۲۱۸۸', moveReason: '' },
    staff.reviewer,
  );
  const html = await wrong.text();
  expect(wrong.status).toBe(422);
  for (const text of ['۰۲۱۸۸', 'شماره‌ی همراه تازه را درست بنویسید', 'دلیل انتقال را بنویسید'])
    expect(html).toContain(text);
  const fields = { newMobile: local(person.mobile), moveReason: 'دلیل' };
  const same = await post(`${person.id}/moves`, fields, staff.reviewer);
  expect([same.status, await same.text()]).toEqual([
    422,
    expect.stringContaining('این همان شماره‌ی کنونی است'),
  ]);
  await propose({ person, mobile });
  const second = { newMobile: local(freshMobile()), moveReason: 'دلیل' };
  const open = await post(`${person.id}/moves`, second, staff.admin);
  expect([open.status, await open.text()]).toEqual([
    422,
    expect.stringContaining('پیشنهاد دیگری باز است'),
  ]);
});

test('nobody takes part in a move from or to their own number', async () => {
  const { person, id, mobile } = await mover();
  const own = await site.addMember('reviewer', { mobile });
  const fields = { newMobile: local(mobile), moveReason: 'دلیل' };
  expect((await post(`${person.id}/moves`, fields, own)).status).toBe(403);
  const move = await propose({ person, mobile });
  expect(await decide({ person, move, act: 'approve' }, own)).toBe('403');
  expect(await ownerOf(id)).toBe(person.id);
});

test('a letter that came to the person after the proposal stays with them', async () => {
  const { person, id, mobile } = await mover();
  const other = await mover();
  const move = await propose({ person, mobile });
  await site.db`update letters set applicant_id = ${person.id} where id = ${other.id}`;
  expect(await decide({ person, move, act: 'approve' }, staff.colleague)).toBe('move_approve');
  expect(await ownerOf(id)).not.toBe(person.id);
  expect(await ownerOf(other.id)).toBe(person.id);
  expect(await actionsOf(other.id)).toEqual([]);
});

test('news of a moved letter that was not sent yet goes to the new number', async () => {
  const { person, id, mobile } = await mover();
  const sent = await site.letterIn('approved', { sender: person });
  await site.db`update messages set state = 'failed' where letter_id = ${id}`;
  await site.db`update messages set state = 'sent' where letter_id = ${sent.id}`;
  const move = await propose({ person, mobile });
  await decide({ person, move, act: 'approve' }, staff.colleague);
  const recipients = async (letterId: string) =>
    (await readMessages(site.db, { letterId })).map(
      ({ kind, recipient }) => `${kind} ${recipient}`,
    );
  const all = [...(await recipients(id)), ...(await recipients(sent.id))];
  expect(all.toSorted()).toEqual(
    [`approved ${mobile}`, `approved ${person.mobile}`, `moved ${person.mobile}`].toSorted(),
  );
  const ofNew = await readMessages(site.db, { mobile });
  expect(ofNew.map(({ letterId }) => letterId)).toEqual([id]);
});

test('who proposes or approves a move has just shown who they are, and types nothing twice', async () => {
  const { person, id, mobile } = await mover();
  const member = await site.addMember('reviewer');
  const before = () => site.db`update sessions set proven_at = null where staff_id = ${member.id}`;
  await before();
  const fields = { newMobile: local(mobile), moveReason: 'کارت ملی دیده شد' };
  const asked = await post(`${person.id}/moves`, fields, member);
  const confirm = '/staff/account/confirm?next=people';
  expect([asked.status, asked.headers.get('location')]).toEqual([303, confirm]);
  const parked = asked.headers.getSetCookie().map((line) => line.split(';')[0]);
  const cookie = [member.cookie, ...parked].join('; ');
  const html = await (await site.get(hrefOf(person), { cookie })).text();
  for (const typed of Object.values(fields)) expect(html).toContain(typed);
  const move = await propose({ person, mobile });
  const late = await post(`${person.id}/move-decision`, { move, act: 'approve' }, member);
  expect([late.status, late.headers.get('location')]).toEqual([303, confirm]);
  expect(await ownerOf(id)).toBe(person.id);
  expect(await decide({ person, move, act: 'refuse' }, member)).toBe('move_refuse');
});

test('the trail says to whom letters went, and the database keeps a move as it was', async () => {
  const { person, id, mobile } = await mover();
  const move = await propose({ person, mobile });
  const isRefused = (statement: string) =>
    expect(site.db.unsafe(`${statement} where id = '${move}'`)).rejects.toThrow('append-only');
  for (const column of ['applicant_id', 'to_applicant_id', 'proposed_by', 'proposed_at'])
    await isRefused(`update letter_moves set ${column} = ${column}`);
  await decide({ person, move, act: 'approve' }, staff.colleague);
  await isRefused("update letter_moves set outcome = 'refused'");
  await isRefused('delete from letter_moves');
  const to = await ownerOf(id);
  const entries = await site.db<{ to: string }[]>`
    select details->>'applicantId' as to from audit_entries
    where letter_id = ${id} and action in ('move_proposed', 'letter_moved')`;
  expect(entries).toEqual([{ to }, { to }]);
});

test('a move is approved only after a sign-in with the new number, and within a week', async () => {
  const { person, id, mobile } = await mover();
  const move = await proposeOnly({ person, mobile });
  const approve = () =>
    post(`${person.id}/move-decision`, { move, act: 'approve' }, staff.colleague);
  const first = await look(`/${person.id}`, 'colleague');
  expect([first.includes('value="refuse"'), first.includes('value="approve"')]).toEqual([
    true,
    false,
  ]);
  const early = await approve();
  expect([early.status, await early.text()]).toEqual([
    422,
    expect.stringContaining('پیش از تایید، مراجع باید با شماره‌ی تازه وارد پیشخوان شود'),
  ]);
  await signInNew(move);
  expect(await look(`/${person.id}`, 'colleague')).toContain('value="approve"');
  await site.db.begin(async (tx) => {
    await tx`alter table letter_moves disable trigger user`;
    await tx`update letter_moves set proposed_at = now() - interval '8 days' where id = ${move}`;
    await tx`alter table letter_moves enable trigger user`;
  });
  const late = await approve();
  expect([late.status, await late.text()]).toEqual([422, expect.stringContaining('بیش از ۷ روز')]);
  expect(await ownerOf(id)).toBe(person.id);
  expect(await decide({ person, move, act: 'refuse' }, staff.colleague)).toBe('move_refuse');
});

test('nobody takes part in a move of the member for whom they act', async () => {
  const { person, id, mobile } = await mover();
  const absent = await site.addMember('reviewer', { mobile });
  const substitute = await site.addMember('reviewer');
  await site.db`
    insert into staff_absences (staff_id, substitute_id, first_day, last_day, begins_at, ends_at)
    values (${absent.id}, ${substitute.id}, current_date, current_date, now(),
      now() + interval '1 day')`;
  const fields = { newMobile: local(mobile), moveReason: 'دلیل' };
  expect((await post(`${person.id}/moves`, fields, substitute)).status).toBe(403);
  const move = await propose({ person, mobile });
  expect(await decide({ person, move, act: 'approve' }, substitute)).toBe('403');
  expect(await ownerOf(id)).toBe(person.id);
});

const damageKey = (letterId: string) =>
  site.db`update letter_keys set sealed_key = ${randomBytes(64)} where letter_id = ${letterId}`;

test('a damaged letter leaves the page of its person open, and is proposed for no move', async () => {
  const { person, id, mobile } = await mover();
  const second = await site.letterIn('approved', { sender: person, senderName: WRONG });
  await correct(person, { nameBefore: WRONG, name: RIGHT, nameReason: REASON });
  await propose({ person, mobile });
  await damageKey(id);
  await damageKey(second.id);
  const { cookie } = staff.colleague;
  expect((await site.get(hrefOf(person), { cookie })).status).toBe(200);
  const other = await mover();
  await damageKey(other.id);
  const fields = { newMobile: local(other.mobile), moveReason: 'دلیل' };
  expect((await post(`${other.person.id}/moves`, fields, staff.reviewer)).status).toBe(503);
});

test('a move passes over a letter that was damaged since, and tells the old number all the same', async () => {
  const { person, id, mobile } = await mover();
  const whole = await site.letterIn('approved', { sender: person });
  const move = await propose({ person, mobile });
  await damageKey(id);
  expect(await decide({ person, move, act: 'approve' }, staff.colleague)).toBe('move_approve');
  expect(await ownerOf(id)).not.toBe(person.id);
  const told = await readMessages(site.db, { letterId: whole.id });
  expect(told.find(({ kind }) => kind === 'moved')?.recipient).toBe(person.mobile);
});

test('letters move to who sent one with the same key of a form', async () => {
  const { person, id } = await mover();
  const other = await mover();
  await site.db`
    update letters set submission_key = (select submission_key from letters where id = ${id})
    where id = ${other.id}`;
  const move = await propose({ person, mobile: other.person.mobile });
  expect(await decide({ person, move, act: 'approve' }, staff.colleague)).toBe('move_approve');
  expect(await ownerOf(id)).toBe(other.person.id);
});

test('nothing is proposed for a person whose letters are all erased', async () => {
  const { person, id, mobile } = await mover();
  await site.db.begin((tx) => eraseLetterRow(tx, id));
  const fields = { newMobile: local(mobile), moveReason: 'دلیل' };
  expect((await post(`${person.id}/moves`, fields, staff.reviewer)).status).toBe(409);
  expect(await look(`/${person.id}`)).not.toContain('name="newMobile"');
});

test('a form that is sent twice is one letter, although its name was corrected in between', async () => {
  const person = await site.addApplicant();
  const unitId = await site.addUnit();
  const files = [fileRow()];
  const form = { submissionKey: randomUUID(), senderName: WRONG, subject: 'پروانه', unitId, files };
  const send = (subject = form.subject) =>
    submitLetter(site.deps, { applicantId: person.id, ...form, subject });
  const first = await send();
  await correct(person, { nameBefore: WRONG, name: RIGHT, nameReason: REASON });
  expect(await send()).toEqual(first);
  await expect(send('دیگر')).rejects.toMatchObject({ code: 'key_reused' });
});
