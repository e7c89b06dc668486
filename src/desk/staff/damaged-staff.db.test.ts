/** A member of the staff of whom something cannot be opened any more. */
import { Secret, TOTP } from 'otpauth';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fa } from '../../../web/text/fa.ts';
import type { Db } from '../../platform/base/database.ts';
import { createRecordSeals } from '../../platform/base/record-seals.sql.ts';
import { deriveKeys } from '../../platform/sealing/secrets.ts';
import { findStaffById, resealStaff, setTotpSecret } from './staff.sql.ts';
import { checkStaff } from '../../cli/doctor-checks.ts';
import { changeMember, listMembers } from '../administration/members.ts';
import { addTestStaff } from '../../testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../../testing/real-site.ts';
import type { RealHome, RealSite } from '../../testing/real-site.ts';
import type { StaffMember } from './staff-member.ts';
import { useCode } from './second-factors.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

let home: RealHome;
let site: RealSite;
let db: Db;
let admin: StaffMember;
let clerk: StaffMember;

beforeEach(async () => {
  home = await makeRealHome();
  site = await startRealSite(home);
  ({ db } = site);
  admin = await addTestStaff(db, { role: 'admin' });
  clerk = await addTestStaff(db, { role: 'reviewer', mobile: freshMobile() });
  await setTotpSecret(db, { id: clerk.id, secret: SECRET, step: 0 });
});
afterEach(async () => {
  await site.stop();
  await home.remove();
});

const damage = async (column: 'mobile' | 'totp_secret'): Promise<void> => {
  await db`
    update staff set ${db(column)} = left(${db(column)}, 20)
      || case substr(${db(column)}, 21, 1) when 'A' then 'B' else 'A' end
      || substr(${db(column)}, 22)
    where id = ${clerk.id}`;
};

const pageOf = async (path: string): Promise<{ status: number; html: string }> => {
  const cookie = await cookieOf(db, { staffId: admin.id });
  await db`update sessions set proven_at = now()`;
  const headers = { cookie, host: 'desk.test' };
  const page = await site.app.request(`http://desk.test/staff/admin${path}`, { headers });
  return { status: page.status, html: await page.text() };
};

test('a member whose number and secret are damaged is listed with all others, and named by doctor', async () => {
  const input = { config: site.config, db };
  expect(await checkStaff(input)).toMatchObject({ ok: true });
  await damage('mobile');
  await damage('totp_secret');

  const list = await pageOf('/members');
  expect(list.status).toBe(200);
  expect(list.html).toContain(clerk.name);
  expect(list.html).toContain(admin.name);
  expect(list.html.split(fa.damaged.value).length - 1).toBe(2);
  const own = await pageOf(`/members/${clerk.id}`);
  expect(own.html).toContain(fa.admin.members.damaged.mobile);
  expect(own.html).toContain(fa.admin.members.damaged.totpSecret);

  const found = await checkStaff(input);
  expect(found.ok).toBe(false);
  expect(found.detail).toContain(`staff edit ${clerk.username} --mobile NUMBER`);
  expect(found.detail).toContain(`staff reset ${clerk.username} --second-factor`);
});

test('a number that is typed again is mended, and the audit trail tells of it', async () => {
  await damage('mobile');
  const mended = await changeMember(
    site.deps,
    { kind: 'operator', id: 'command line' },
    {
      memberId: clerk.id,
      name: clerk.name,
      role: clerk.role,
      unitIds: [],
      mobile: '09121112233',
    },
  );
  expect(mended).toEqual({ outcome: 'done' });
  expect(await findStaffById(db, clerk.id)).toMatchObject({ mobile: '+989121112233' });
  const [entry] = await db<{ details: object }[]>`
    select details from audit_entries where action = 'staff_changed'`;
  expect(entry?.details).toMatchObject({ mobileChanged: true });
});

test('of a damaged secret no code is right, and a second factor is still asked for', async () => {
  await damage('totp_secret');
  const member = await findStaffById(db, clerk.id);
  if (!member) throw new Error('the member is gone');
  expect(member.totpSecret).toBe('');
  const ofNothing = new TOTP({ secret: new Secret({ buffer: new ArrayBuffer(0) }) }).generate();
  expect(await useCode(site.deps, db, member, ofNothing)).toBe(undefined);
  expect(
    (await listMembers(site.deps, admin)).map(({ id, secondFactor }) => [id, secondFactor]),
  ).toContainEqual([clerk.id, true]);
});

test('what is damaged keeps no other member from being sealed anew', async () => {
  const mobile = freshMobile();
  const whole = await addTestStaff(db, { role: 'auditor', mobile });
  await damage('totp_secret');
  const [before, after] = [site.config.SECRET_KEY, 'the master secret that came after it'];
  const seals = createRecordSeals({
    keys: [deriveKeys(after).record, deriveKeys(before).record],
  });
  const renewed = Object.assign(db, { seals });
  expect(await resealStaff(renewed)).toEqual({ changed: 1, damaged: 1 });
  expect(await findStaffById(renewed, whole.id)).toMatchObject({ mobile });
});
