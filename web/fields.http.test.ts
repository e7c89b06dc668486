/**
 * Who sees which field: the table of docs/security.md, asked of the pages of the real desk on a real
 * database. The engine is away, so what was decided is written as its activities would.
 */
import { publicText } from '../src/platform/base/audience.ts';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatTrackingCode } from '../src/desk/register/tracking-code.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../src/testing/letters.ts';
import { cookieOf, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import type { StaffMember } from '../src/desk/staff/staff-member.ts';
import { recordDecision } from '../src/desk/letters/record-decision.ts';
import { recordUnitAction } from '../src/desk/letters/record-unit-action.ts';
import { submitLetter } from '../src/desk/letters/submit-letter.ts';
import { receiveFile } from '../src/platform/files/receive-file.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';

const VIEWERS = ['sender', 'unit', 'reviewer', 'admin', 'auditor', 'others'] as const;
type Viewer = (typeof VIEWERS)[number];

/** «sees», «in part», «–». */
const tableOfDocs = (): Record<string, Record<Viewer, string>> => {
  const [, section = ''] = readFileSync('docs/security.md', 'utf8').split('## Field visibility');
  const rows = (section.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| field'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return Object.fromEntries(
    rows.map(([, field = '', ...cells]) => [
      field,
      Object.fromEntries(VIEWERS.map((viewer, index) => [viewer, cells[index] ?? ''])) as Record<
        Viewer,
        string
      >,
    ]),
  );
};

const MOBILE = '+989187654321';
const STAFF_MOBILE = '+989171112233';

let home: RealHome;
let site: RealSite;
let letterId: string;
let applicantId: string;
let cookies: Record<Viewer, string>;
let member: StaffMember;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, {
    env: { RATE_LIMITS: 'off', TEMPORAL_UI_URL: 'http://ui.desk.test' },
  });
  const { db } = site;
  applicantId = await addTestApplicant(db, MOBILE);
  const unitId = await addTestUnit(db);
  const people = {
    unit: await addTestStaff(db, { role: 'unit', unitIds: [unitId] }),
    reviewer: await addTestStaff(db, { role: 'reviewer' }),
    admin: await addTestStaff(db, { role: 'admin' }),
    auditor: await addTestStaff(db, { role: 'auditor' }),
    others: await addTestStaff(db, { role: 'unit', unitIds: [await addTestUnit(db)] }),
  };
  member = await addTestStaff(db, { role: 'reviewer', mobile: STAFF_MOBILE });
  const receive = async (fileName: string) => {
    const { bytes } = await sampleFile('pdf');
    const received = await receiveFile(site.deps, { stream: Readable.from([bytes]), fileName });
    if (!received.ok) throw new Error(received.problem);
    return received.file;
  };
  ({ letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'canary-sender',
    unitId,
    subject: 'canary-subject',
    files: [await receive('canary-file.pdf')],
  }));
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'canary-decider' };
  await recordDecision(site.deps, { letterId, decision });
  for (const action of [
    { kind: 'update' as const, text: publicText('canary-update') },
    {
      kind: 'reply' as const,
      text: publicText('canary-reply'),
      file: await receive('canary-answer.pdf'),
    },
  ]) {
    await actOnLetter(site.deps, { letterId, staff: people.unit, action });
    const [open] = await db<{ id: string }[]>`
      select id from unit_actions where letter_id = ${letterId} and outcome is null`;
    await recordUnitAction(site.deps, { letterId, actionId: open?.id ?? '' });
  }
  const staffCookies = await Promise.all(
    Object.entries(people).map(async ([name, { id }]) => [
      name,
      await cookieOf(db, { staffId: id }),
    ]),
  );
  cookies = {
    ...(Object.fromEntries(staffCookies) as Record<Exclude<Viewer, 'sender'>, string>),
    sender: await cookieOf(db, { applicantId }),
  };
});
afterAll(async () => {
  await site?.stop();
  await home?.remove();
});

/** All pages on which this viewer may meet the letter, or a member of the staff. */
const pagesOf = async (viewer: Viewer): Promise<string> => {
  const paths =
    viewer === 'sender'
      ? ['/letters', `/letters/${letterId}`, '/account']
      : [
          '/staff',
          '/staff?filter=answered',
          `/staff/letters/${letterId}`,
          '/staff/admin/members',
          '/staff/admin/units',
          '/staff/admin/reasons',
          '/staff/admin/texts',
          '/staff/admin/branding',
          `/staff/admin/members/${member.id}`,
          '/staff/admin/audit',
          '/staff/admin/stuck',
          `/staff/people/${applicantId}`,
        ];
  const pages = await Promise.all(
    paths.map(async (path) => {
      const headers = { cookie: cookies[viewer] };
      return (await site.app.request(`http://desk.test${path}?lang=en`, { headers })).text();
    }),
  );
  return pages.join('\n');
};

const numbersOf = async (): Promise<{ number: string; code: string }> => {
  const [row] = await site.db<{ number: string; code: string }[]>`
    select letter_number as number, tracking_code as code from letters where id = ${letterId}`;
  return { number: row?.number ?? '', code: formatTrackingCode(row?.code ?? '') };
};

test('each field is seen by whom the table of the documents says, and by nobody else', async () => {
  const { number, code } = await numbersOf();
  /** Of each field the whole, and what stands for it in part. */
  const marks: Record<string, [whole: RegExp, part?: RegExp]> = {
    'name of the sender': [/canary-sender/],
    'subject, name of the file': [/canary-subject[\s\S]*canary-file/],
    'mobile number of the sender': [/918\s?765\s?4321/, /918•••4321/],
    'letter number, tracking code': [new RegExp(`${number}[\\s\\S]*${code}`)],
    'update of the unit': [/canary-update/],
    'reply and its file': [/canary-reply[\s\S]*canary-answer/],
    'name of who decided': [/canary-decider/],
    'state of each SMS': [/data-delivery|class="messages"/],
    'link into the engine': [/ui\.desk\.test\/namespaces/],
    'mobile number of a member': [/917\s?111\s?2233/, /917•••2233/],
    'audit trail': [/data-action="approved"/],
  };
  const table = tableOfDocs();
  expect(Object.keys(marks).sort()).toEqual(Object.keys(table).sort());
  const found: typeof table = {};
  for (const viewer of VIEWERS) {
    const html = await pagesOf(viewer);
    for (const [field, [whole, part]] of Object.entries(marks)) {
      const seen = whole.test(html) ? 'sees' : part?.test(html) ? 'in part' : '–';
      found[field] = { ...(found[field] as Record<Viewer, string>), [viewer]: seen };
    }
  }
  expect(found).toEqual(table);
});

/** What somebody would like to write. A form of many more fields is refused as a whole. */
const GREEDY = {
  status: 'rejected',
  step: 'closed',
  letterNumber: '1405/999',
  trackingCode: '000000000000',
  senderName: 'somebody else',
  subject: 'something else',
  applicantId: randomUUID(),
  role: 'admin',
  decidedBy: 'somebody else',
};

const fieldsOf = async (): Promise<unknown> => {
  const [row] = await site.db`
    select applicant_id, sender_name, subject, status, step, unit_id, letter_number, tracking_code,
      registered_at, decided_by, rejection_reason from letters where id = ${letterId}`;
  return row;
};

test('a form writes its own field and no other, whatever else is sent with it', async () => {
  const before = await fieldsOf();
  const roles = await site.db`select id, role from staff order by id`;
  const send = async (viewer: Viewer, path: string, own: Record<string, string>) =>
    (
      await site.app.request(`http://desk.test${path}`, {
        method: 'POST',
        body: new URLSearchParams({ ...GREEDY, ...own }),
        headers: { cookie: cookies[viewer], origin: 'http://desk.test' },
      })
    ).status;
  const letter = `/staff/letters/${letterId}`;
  expect(await send('unit', `${letter}/notes`, { note: 'canary-second' })).toBe(303);
  const [open] = await site.db<{ id: string }[]>`
    select id from unit_actions where letter_id = ${letterId} and outcome is null`;
  await recordUnitAction(site.deps, {
    letterId,
    actionId: open?.id ?? '',
  });
  expect(await send('sender', `/letters/${letterId}/correction`, { round: '1' })).not.toBe(200);
  expect(await send('sender', `/letters/${letterId}/withdrawal`, {})).not.toBe(200);
  expect(await send('unit', '/staff/keys', {})).toBe(303);
  expect(await fieldsOf()).toEqual(before);
  expect(await site.db`select id, role from staff order by id`).toEqual(roles);
  expect(await pagesOf('unit')).toContain('canary-second');
});

test('a field counts where its form has it, the first time, and never in the address', async () => {
  const send = async (query: string, body: [string, string][]): Promise<number> => {
    const path = `/staff/letters/${letterId}/notes${query}`;
    const { status } = await site.app.request(`http://desk.test${path}`, {
      method: 'POST',
      body: new URLSearchParams([['unused', '1'], ...body]),
      headers: { cookie: cookies.unit, origin: 'http://desk.test' },
    });
    return status;
  };
  expect(await send('?note=canary-address', [['note', '']])).toBe(422);
  const doubled: [string, string][] = [
    ['note', 'canary-first'],
    ['note', 'canary-last'],
  ];
  expect(await send('?note=canary-address', doubled)).toBe(303);
  const [open] = await site.db<{ id: string }[]>`
    select id from unit_actions where letter_id = ${letterId} and outcome is null`;
  await recordUnitAction(site.deps, {
    letterId,
    actionId: open?.id ?? '',
  });
  const html = await pagesOf('unit');
  expect(html).toContain('canary-first');
  expect(html).not.toMatch(/canary-(last|address)/);
});

test('a form of more fields than are read is refused as a whole', async () => {
  const post = async (more: number, note: string): Promise<number> => {
    const surplus = Array.from({ length: more }, (_, index): [string, string] => [
      `more${index}`,
      '1',
    ]);
    const { status } = await site.app.request(`http://desk.test/staff/letters/${letterId}/notes`, {
      method: 'POST',
      body: new URLSearchParams([['note', note], ...surplus]),
      headers: { cookie: cookies.unit, origin: 'http://desk.test' },
    });
    return status;
  };
  expect(await post(32, 'canary-too-many')).toBe(400);
  const open = () => site.db`
    select id from unit_actions where letter_id = ${letterId} and outcome is null`;
  expect(await open()).toHaveLength(0);
  expect(await post(31, 'canary-just-enough')).toBe(303);
  expect(await open()).toHaveLength(1);
});
