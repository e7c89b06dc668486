/**
 * What staff write for staff reaches nothing that an applicant can fetch. Each letter goes through
 * actions whose internal texts are markers; then everything that the router knows is asked for in the
 * applicant's session, and no byte of any answer may hold a marker.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTexts } from '../src/platform/messages/messages.sql.ts';
import { InternalText, publicText } from '../src/platform/base/audience.ts';
import type { PublicText } from '../src/platform/base/audience.ts';
import { createApiSite } from '../src/testing/api-site.ts';
import type { ApiSite } from '../src/testing/api-site.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../src/testing/letters.ts';
import { createProperties } from '../src/testing/property.ts';
import { readPdf } from '../src/testing/read-pdf.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { addressOf, routesOf } from '../src/testing/routes.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import type { ActOnLetter } from '../src/desk/letters/act-on-letter.ts';
import type { StaffMember } from '../src/desk/staff/staff-member.ts';
import { gatherEvidence } from '../src/desk/proof/evidence.ts';
import { submitLetter } from '../src/desk/letters/submit-letter.ts';
import { resubmitLetter } from '../src/desk/letters/resubmit-letter.ts';
import { receiveFile } from '../src/platform/files/receive-file.ts';
import { annulLetter } from '../src/desk/letters/annul-letter.ts';
import { withdrawLetter } from '../src/desk/letters/withdraw-letter.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { newCaptcha } from '../src/desk/applicants/captcha/captcha.ts';

const ACTS = [
  ...(['update', 'note', 'refer', 'ask', 'reply', 'rework', 'close', 'annul'] as const),
  ...(['consult', 'opine', 'unconsult'] as const),
] as const;
const DECISIONS = ['approve', 'reject', 'return', 'resubmit', 'withdraw'] as const;
type Step = (typeof ACTS)[number] | (typeof DECISIONS)[number];

const { holds } = createProperties('internal texts');
let home: RealHome;
let site: RealSite;
let api: ApiSite;
let units: string[];
/** Asked for opinions, and has no letter. */
let asked: { unitId: string; name: string };
let people: Record<'reviewer' | 'clerk' | 'adviser' | 'admin', StaffMember>;
let readKey: string;
let style: string;

const marker = (kind: 'internal' | 'public' | 'colleague'): string =>
  `${kind}-${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, {
    env: { LIMITS: 'eventsPollMs=100 eventsAliveSeconds=1', RATE_LIMITS: 'off', PREVIEWS: 'off' },
  });
  const { db } = site;
  api = createApiSite(site);
  units = [await addTestUnit(db, 'امور حقوقی'), await addTestUnit(db, 'امور مالی')];
  const name = marker('colleague');
  asked = { unitId: await addTestUnit(db, name), name };
  const named = async (
    role: 'reviewer' | 'unit' | 'admin',
    unitIds: string[] = [],
  ): Promise<StaffMember> => {
    const member = await addTestStaff(db, { role, unitIds });
    const name = marker('colleague');
    await db`update staff set name = ${name} where id = ${member.id}`;
    return { ...member, name };
  };
  people = {
    reviewer: await named('reviewer'),
    clerk: await named('unit', units),
    adviser: await named('unit', [asked.unitId]),
    admin: await named('admin'),
  };
  readKey = (await api.addKey('read')).key;
  const page = await (await site.app.request('http://desk.test/help')).text();
  style = /\/assets\/([^"]+\.css)/.exec(page)?.[1] ?? '';
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

interface Life {
  letterId: string;
  applicantId: string;
  secrets: string[];
  open: string[];
}

const receive = async () => {
  const { name, bytes } = await sampleFile('pdf');
  const file = await receiveFile(site.deps, { stream: Readable.from([bytes]), fileName: name });
  if (!file.ok) throw new Error(file.problem);
  return file.file;
};

const submit = async (): Promise<Life> => {
  const applicantId = await addTestApplicant(site.db, freshMobile());
  const { letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'شرکت نمونه',
    unitId: units[0] ?? '',
    subject: 'درخواست',
    files: [await receive()],
  });
  const secrets = Object.values(people).flatMap(({ name, username }) => [name, username]);
  return { letterId, applicantId, secrets, open: [] };
};

/** A step that is not possible where the letter stands changes nothing. */
const take = async (life: Life, step: Step): Promise<void> => {
  const { db } = site;
  const { letterId, applicantId } = life;
  const secret = (): InternalText => {
    const text = marker('internal');
    life.secrets.push(text);
    return new InternalText(text);
  };
  const open = (): PublicText => {
    const text = marker('public');
    life.open.push(text);
    return publicText(text);
  };
  const [row] = await db<{ round: number; status: string; unitId: string; step: string | null }[]>`
    select round, status, unit_id, step from letters where id = ${letterId}`;
  if (!row) throw new Error('the letter is gone');
  const isOpen = row.status === 'approved' && row.step !== 'closed';
  const act = async (action: ActOnLetter['action'], staff = people.clerk): Promise<void> => {
    await actOnLetter(site.deps, { letterId, staff, action });
    await api.takeActions(letterId);
  };
  const decide = async (kind: 'approve' | 'reject' | 'return'): Promise<void> => {
    const decision = kind === 'approve' ? { kind } : { kind, reason: open() };
    await decideLetter(site.deps, { letterId, staff: people.reviewer, decision });
    await api.takeDecision(letterId);
  };
  const openRequest = async (): Promise<string | undefined> => {
    const [request] = await db<{ id: string }[]>`
      select id from consultations
      where letter_id = ${letterId} and asked_at is not null and ended_at is null`;
    return request?.id;
  };
  const steps: Record<Step, () => Promise<void> | false> = {
    approve: () => row.status === 'pending' && decide('approve'),
    reject: () => row.status === 'pending' && decide('reject'),
    return: () => row.status === 'pending' && decide('return'),
    async resubmit() {
      if (row.status !== 'returned') return;
      const draft = { round: row.round, unitId: row.unitId, subject: 'درخواست', files: [] };
      await resubmitLetter(site.deps, { applicantId, letterId, ...draft });
    },
    async withdraw() {
      if (row.status !== 'pending' && row.status !== 'returned') return;
      await withdrawLetter(site.deps, { applicantId, letterId });
      await api.takeDecision(letterId);
    },
    update: () => isOpen && act({ kind: 'update', text: open() }),
    note: () => isOpen && act({ kind: 'note', note: secret() }),
    refer: () =>
      isOpen &&
      act({ kind: 'refer', unitId: units.find((id) => id !== row.unitId) ?? '', note: secret() }),
    async ask() {
      const [asked] = await db`select open_question_id as id from letters where id = ${letterId}`;
      if (row.step === 'with_unit' && asked?.id === null) await act({ kind: 'ask', text: open() });
    },
    async consult() {
      if (row.step !== 'with_unit' || (await openRequest())) return;
      const units_ = [{ unitId: asked.unitId, workingDays: 2 }];
      await act({ kind: 'consult', units: units_, note: secret() });
    },
    async opine() {
      const consultationId = await openRequest();
      if (consultationId)
        await act({ kind: 'opine', consultationId, note: secret() }, people.adviser);
    },
    async unconsult() {
      const consultationId = await openRequest();
      if (consultationId) await act({ kind: 'unconsult', consultationId });
    },
    reply: () => isOpen && act({ kind: 'reply', text: open(), file: null }),
    async rework() {
      if (!isOpen) return;
      await db`update units set second_look = true where id = ${row.unitId}`;
      await act({ kind: 'reply', text: publicText(secret().reveal()), file: null });
      await db`update units set second_look = false where id = ${row.unitId}`;
      const [held] = await db<{ id: string }[]>`
        select held_reply_id as id from letters where id = ${letterId}`;
      await act({ kind: 'rework', replyId: held?.id ?? '', note: secret() });
    },
    close: () => isOpen && act({ kind: 'close', reason: open() }),
    async annul() {
      if (row.status !== 'approved') return;
      const [before] = await db`
        select 1 from register_annulments n join register_entries e using (register, year, serial)
        where e.letter_id = ${letterId}`;
      if (before) return;
      const texts = { reason: open(), internalReason: secret() };
      await annulLetter(site.deps, { staff: people.admin, letterId, ...texts });
    },
  };
  await steps[step]();
};

/** Live events never end: what comes within a moment is read. */
const streamed = async (response: Response): Promise<Buffer> => {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  if (!reader) return Buffer.alloc(0);
  const { value } = (await reader.read()) as { value?: Uint8Array };
  if (value) chunks.push(value);
  await reader.cancel();
  return Buffer.concat(chunks);
};

const bytesOf = async (response: Response): Promise<string> => {
  const headers = JSON.stringify([...response.headers]);
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream'))
    return `${headers}${(await streamed(response)).toString('latin1')}`;
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = type === 'application/pdf' ? (await readPdf(bytes)).text : '';
  return `${headers}${bytes.toString('utf8')}${text}`;
};

interface Answer {
  name: string;
  status: number;
  all: string;
}

/** Every route of the router, each in a session of its own, as some end it. */
const fetchAll = async ({ letterId, applicantId }: Life): Promise<Answer[]> => {
  const ask = async (name: string, method: string, path: string): Promise<Answer> => {
    const response = await site.app.request(`http://desk.test${path}`, {
      method,
      headers: {
        cookie: await cookieOf(site.db, { applicantId }),
        origin: 'http://desk.test',
        ...(method !== 'GET' && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(method !== 'GET' && { body: 'unused=1' }),
    });
    return { name, status: response.status, all: await bytesOf(response) };
  };
  const page = await ask('receipt', 'GET', `/letters/${letterId}/receipt`);
  const receipt = /\/verify\/([\w.~-]+)/.exec(page.all)?.[1] ?? 'x';
  const captcha = newCaptcha(site.deps).id;
  const answers = [page];
  for (const route of routesOf(site.app)) {
    // They would change the letter: the steps do that.
    if (/^POST .*\/(withdrawal|correction|objection)$/.test(route.name)) continue;
    const path = addressOf(route.path, {
      id: letterId,
      number: '1',
      n: '1',
      page: '1',
      round: '1',
      file: `${captcha}.png`,
      sound: `${captcha}.wav`,
      passkey: randomUUID(),
      key: randomUUID(),
      webhook: randomUUID(),
      register: 'main',
      text: 'approved-fa',
      bulk: randomUUID(),
      session: randomUUID(),
      unit: units[0] ?? '',
      member: people.clerk.id,
      person: randomUUID(),
      reason: randomUUID(),
      receipt,
      answer: randomUUID(),
      '*': style,
    });
    answers.push(await ask(route.name, route.method, path));
  }
  for (const query of ['latest=1', 'lang=en', 'notice=submitted'])
    answers.push(await ask(`letter ${query}`, 'GET', `/letters/${letterId}?${query}`));
  for (const page_ of [`/letters?found=${letterId}`, '/letters?lang=en'])
    answers.push(await ask(page_, 'GET', page_));
  return answers;
};

/** What left the desk, or can leave it, for somebody who is not of the staff. */
const sentOut = async ({ letterId }: Life): Promise<string> => {
  const { db } = site;
  const sealed = await db<
    {
      id: string;
      letterId: string;
      recipient: string;
      text: string;
      params: Record<string, string>;
      sealedKey: Buffer | null;
    }[]
  >`
    select m.id, m.letter_id, m.recipient, m.text, m.params, k.sealed_key
    from messages m left join letter_keys k using (letter_id) where m.letter_id = ${letterId}`;
  const messages = sealed.map((row) => openTexts(db, row));
  const rest = await db`
    select (select json_agg(d) from webhook_deliveries d where d.letter_id = ${letterId}) as told,
      (select json_agg(a) from audit_entries a where a.letter_id = ${letterId}) as trail,
      (select json_agg(u) from unit_actions u where u.letter_id = ${letterId}) as actions`;
  return JSON.stringify([messages, rest]);
};

const ofOtherSystems = async ({ letterId }: Life): Promise<string> => {
  const one = await api.ask(`/api/v1/letters/${letterId}`, { key: readKey });
  const all = await api.ask('/api/v1/letters', { key: readKey });
  const evidence = await gatherEvidence({
    db: site.db,
    letterId,
    checkpoints: [],
    history: { runs: [] } as never,
    files: undefined,
  });
  return [
    await one.text(),
    await all.text(),
    JSON.stringify(evidence?.parts.map(({ bytes }) => bytes.toString())),
  ].join();
};

const ownSecrets = ({ secrets }: Life): string[] =>
  secrets.filter((text) => text.startsWith('internal-'));

const whole: Step[] = [
  ...(['return', 'resubmit', 'approve', 'note', 'refer', 'update'] as const),
  ...(['consult', 'opine', 'consult', 'unconsult', 'reply', 'note'] as const),
  ...(['refer', 'close', 'annul'] as const),
];
const LIVES: Step[][] = [
  whole,
  ['approve', 'rework', 'annul'],
  ['approve', 'refer', 'annul'],
  ['reject'],
  ['return', 'withdraw'],
];

test('nothing that an applicant can fetch holds an internal text or names a member of staff', async () => {
  const steps = fc.array(fc.constantFrom(...DECISIONS, ...ACTS, ...ACTS), { maxLength: 10 });
  await holds(
    fc.asyncProperty(steps, async (taken) => {
      const life = await submit();
      for (const step of taken) await take(life, step);
      const answers = await fetchAll(life);
      const leaks = answers.flatMap(({ name, all }) =>
        life.secrets.filter((secret) => all.includes(secret)).map((secret) => [name, secret]),
      );
      expect(leaks).toEqual([]);
      const out = `${await sentOut(life)}${await ofOtherSystems(life)}`;
      expect(ownSecrets(life).filter((secret) => out.includes(secret))).toEqual([]);
      // It is looked in the right places: the sender reads what is public.
      const own = answers.find(({ name }) => name === 'GET /letters/:id');
      expect(own?.status).toBe(200);
      const stream = answers.find(({ name }) => name === 'GET /letters/:id/events');
      expect(stream?.all).toContain('event-stream');
      const { html, messages } = { html: own?.all ?? '', messages: await sentOut(life) };
      for (const text of life.open)
        expect([text, html.includes(text) || messages.includes(text)]).toEqual([text, true]);
    }),
    0.01,
    LIVES.map((life): [Step[]] => [life]),
  );
}, 600_000);

test('staff read every internal text of a letter, marked as such', async () => {
  const life = await submit();
  for (const step of whole) await take(life, step);
  const cookie = await cookieOf(site.db, { staffId: people.clerk.id });
  const address = `http://desk.test/staff/letters/${life.letterId}`;
  const html = await (await site.app.request(address, { headers: { cookie } })).text();
  const marked = html.match(/<li[^>]*data-internal[\s\S]*?<\/li>/g) ?? [];
  const secrets = ownSecrets(life);
  expect(secrets).toHaveLength(8);
  // The request that was taken back says nothing.
  expect(marked).toHaveLength(9);
  for (const secret of secrets)
    expect(marked.filter((one) => one.includes(secret))).toHaveLength(1);
  for (const text of life.open) expect([text, html.includes(text)]).toEqual([text, true]);
});

test('an internal text is no string: neither a page, a message nor JSON can carry it', () => {
  const note = new InternalText('for staff alone');
  // @ts-expect-error an internal text is not accepted where the sender reads
  const action: ActOnLetter['action'] = { kind: 'update', text: note };
  // @ts-expect-error nor is a public one taken for internal
  const other: ActOnLetter['action'] = { kind: 'note', note: publicText('for the sender') };
  expect(JSON.stringify([action, String(note)])).not.toContain('for staff alone');
  expect(other.kind).toBe('note');
});
