import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { formatCheckpoint } from '../register/register-checkpoint.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { verifyEvidence } from '../../../tools/verify-evidence.mjs';
import { evidenceJson, evidenceZip, gatherEvidence } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { readPresentCheckpoints } from './publish-checkpoints.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { resubmitLetter } from '../letters/resubmit-letter.ts';
import { submitLetter } from '../letters/submit-letter.ts';
import type { KnownCheckpoint } from './verify-register.ts';
import { recordDecision } from '../letters/record-decision.ts';
import { actOnLetter } from '../letters/act-on-letter.ts';
import { setUnitActionOutcome } from '../letters/unit-actions.sql.ts';
import { publicText } from '../../platform/base/audience.ts';
import { objectToRejection } from '../letters/object-to-rejection.ts';
import { withdrawLetter } from '../letters/withdraw-letter.ts';
import type { Deps } from '../../platform/deps.ts';

const VERIFIER = fileURLToPath(new URL('../../../tools/verify-evidence.mjs', import.meta.url));

let database: TestDatabase;
let db: Db;
let deps: Deps;
let dir: string;
let files: FileStore;
let letterId: string;
let rejectedId: string;
let checkpoints: KnownCheckpoint[];
let evidence: Evidence;

const storeFile = async (text = 'نامه'): Promise<StoredFile> => {
  const content = Buffer.from(`%PDF-1.4 ${text}\n`);
  const stored = await files.receive(Readable.from([content]), { maxBytes: 1_000 });
  if (!stored.ok) throw new Error(stored.problem);
  const { storageKey, bytes, sha256, key } = stored;
  return {
    id: randomUUID(),
    name: 'نامه.pdf',
    type: 'pdf',
    bytes,
    sha256,
    storageKey,
    ...(key !== undefined && { key }),
  };
};

const submit = async (unitId: string, applicantId: string): Promise<string> => {
  const result = await submitLetter(testDeps(db, { files }), {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'شرکت نمونه',
    unitId,
    subject: 'درخواست',
    files: [await storeFile()],
  });
  return result.letterId;
};

const gather = async (id: string, withFiles = true): Promise<Evidence> => {
  const gathered = await gatherEvidence({
    db,
    letterId: id,
    checkpoints,
    history: { missing: 'not asked' },
    files: withFiles ? files : undefined,
    now: () => new Date('2026-06-01T08:00:00Z'),
  });
  if (!gathered) throw new Error('there is no such letter');
  return gathered;
};

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 4, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-evidence-'));
  files = createFileStore(`file:${path.join(dir, 'files')}`);
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  const ids = [];
  for (let n = 0; n < 5; n += 1) ids.push(await submit(unitId, applicantId));
  for (const id of ids.slice(0, 4)) {
    const decisionId = randomUUID();
    await recordDecision(deps, {
      letterId: id,
      decision: { kind: 'approve', decisionId, by: 'علی' },
    });
  }
  [, letterId = ''] = ids;
  rejectedId = ids[4] ?? '';
  await recordDecision(deps, {
    letterId: rejectedId,
    decision: { kind: 'reject', decisionId: randomUUID(), by: 'علی', reason: 'ناقص' },
  });
  await addAuditEntry(db, {
    letterId,
    actor: { kind: 'staff', id: randomUUID() },
    action: 'read',
    from: 'c'.repeat(64),
  });
  checkpoints = (await readPresentCheckpoints(db)).map((checkpoint) => ({
    ...checkpoint,
    source: 'test',
  }));
  evidence = await gather(letterId);
});

afterAll(async () => {
  await db.end();
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

const published = (): string => checkpoints.map(formatCheckpoint).join('\n');

test.each([
  ['json', evidenceJson],
  ['zip', evidenceZip],
])('a %s bundle fits, with its file and the way to the published checkpoint', (_kind, write) => {
  const { problems, checks } = verifyEvidence(write(evidence), { checkpoints: published() });
  expect(problems).toEqual([]);
  expect(checks).toEqual([
    '9 parts are as the manifest lists them',
    'the audit trail is one chain of 3 entries',
    expect.stringMatching(/^\d+\/2 is an entry of the register main/),
    expect.stringMatching(/^2 entries lead from it to the checkpoint: .* main \d+ 4 /),
    'that checkpoint is among the published ones that you gave',
    expect.stringMatching(/^the letter’s file is the one that arrived/),
    'files/letter.pdf is the file that was recorded',
    'approved by علی: record and audit trail agree',
  ]);
});

test('a rejected letter, and a bundle without its files, fit too', async () => {
  const { problems, notes, checks } = verifyEvidence(evidenceJson(await gather(rejectedId, false)));
  expect(problems).toEqual([]);
  expect(checks).toContain('the letter is not registered');
  expect(notes).toContainEqual(expect.stringMatching(/نامه\.pdf is not in the bundle/));
});

test('a letter whose rejection was objected to fits in each state', async () => {
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  const id = await submit(unitId, applicantId);
  const deps = testDeps(db, { env: { OBJECTION_DAYS: '1', TEST_WORKING_DAY_SECONDS: '600' } });
  const record = (kind: 'approve' | 'reject', by: string) =>
    recordDecision(deps, {
      letterId: id,
      decision: { kind, decisionId: randomUUID(), by, reason: 'ناقص' },
    });
  const problemsNow = async () => verifyEvidence(evidenceJson(await gather(id))).problems;
  await record('reject', 'علی');
  expect(await problemsNow()).toEqual([]);
  await objectToRejection(deps, { applicantId, letterId: id, text: 'ناقص نبود' });
  expect(await problemsNow()).toEqual([]);
  await record('approve', 'رضا');
  const { problems, checks } = verifyEvidence(evidenceJson(await gather(id)));
  expect(problems).toEqual([]);
  expect(checks).toContain('an objection to the rejection: record and audit trail agree');
  expect(checks).toContain('approved by رضا: record and audit trail agree');
});

test('a letter that went back and forth fits with each file that came, and a withdrawn one too', async () => {
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  const id = await submit(unitId, applicantId);
  const deps = testDeps(db, { files });
  const own = { applicantId, letterId: id, unitId };
  const sendBack = () => {
    const decision = { kind: 'return' as const, decisionId: randomUUID(), by: 'علی' };
    return recordDecision(deps, { letterId: id, decision: { ...decision, reason: 'ناقص' } });
  };
  await sendBack();
  expect(verifyEvidence(evidenceJson(await gather(id))).problems).toEqual([]);
  await resubmitLetter(deps, {
    ...own,
    round: 1,
    subject: 'موضوع دوم',
    files: [await storeFile('دوم')],
  });
  await sendBack();
  await resubmitLetter(deps, { ...own, round: 2, subject: 'موضوع سوم', files: [] });
  await sendBack();
  await withdrawLetter(deps, { applicantId, letterId: id });
  const [open] = await db<{ id: string }[]>`
    select id from decisions where letter_id = ${id} and outcome is null`;
  const decisionId = open?.id ?? '';
  await recordDecision(deps, {
    letterId: id,
    decision: { kind: 'withdraw', decisionId, by: 'applicant' },
  });

  const whole = await gather(id);
  const { problems, checks } = verifyEvidence(evidenceZip(whole));
  expect(problems).toEqual([]);
  expect(checks).toEqual(
    expect.arrayContaining([
      'the audit trail is one chain of 8 entries',
      'the letter is not registered',
      expect.stringMatching(/^the letter’s file is the one that arrived/),
      expect.stringMatching(/^the file of round 2 is the one that arrived/),
      'files/letter.pdf is the file that was recorded',
      'files/letter-2.pdf is the file that was recorded',
      '3 returns and 2 corrections: record and audit trail agree',
      'withdrawn by its sender: record and audit trail agree',
    ]),
  );
  const changed = (name: string, change: (value: Record<string, unknown>) => void): Buffer =>
    evidenceJson({
      ...whole,
      parts: whole.parts.map((part) => {
        if (part.name !== name) return part;
        const value = JSON.parse(part.bytes.toString()) as Record<string, unknown>;
        change(value);
        return { name, bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) };
      }),
    });
  const forged: [Buffer, RegExp][] = [
    [changed('letter.json', (letter) => Object.assign(letter, { round: 2 })), /its rounds/],
    [
      changed('letter.json', (letter) => Object.assign(letter, { earlierRounds: [] })),
      /its rounds/,
    ],
    [changed('letter.json', (letter) => Object.assign(letter, { status: 'returned' })), /disagree/],
    [
      changed('files.json', (list) => (list as unknown as unknown[]).splice(0, 1)),
      /recorded at arrival/,
    ],
  ];
  for (const [bundle, why] of forged)
    expect(verifyEvidence(bundle).problems.join('\n')).toMatch(why);
});

test('a letter of several files fits, in the order in which they came, and not in another', async () => {
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  const deps = testDeps(db, { files });
  const store = (...texts: string[]) => Promise.all(texts.map((text) => storeFile(text)));
  const letter = { applicantId, senderName: 'شرکت نمونه', unitId, subject: 'درخواست' };
  const first = { ...letter, submissionKey: randomUUID(), files: await store('یک', 'دو') };
  const { letterId: id } = await submitLetter(deps, first);
  const decision = { kind: 'return' as const, decisionId: randomUUID(), by: 'علی', reason: 'ناقص' };
  await recordDecision(deps, { letterId: id, decision });
  const next = { ...letter, letterId: id, round: 1, files: await store('سه', 'چهار', 'پنج') };
  await resubmitLetter(deps, next);

  const whole = await gather(id);
  const { problems, checks } = verifyEvidence(evidenceZip(whole));
  expect(problems).toEqual([]);
  expect(checks.filter((check) => check.includes('is the one that arrived'))).toHaveLength(5);
  expect(checks).toContain('files/letter-2-file-3.pdf is the file that was recorded');
  const listed = whole.parts.find(({ name }) => name === 'files.json');
  const own = JSON.parse(listed?.bytes.toString() ?? '') as { position: number }[];
  const forgeries = [
    own.slice(1),
    own.slice(0, -1),
    own.map((file) => ({ ...file, position: 9 - file.position })),
    own.map((file) => ({ ...file, round: 1 })),
  ];
  for (const forged of forgeries) {
    const bytes = Buffer.from(`${JSON.stringify(forged, null, 2)}\n`);
    const parts = whole.parts.map((part) => (part === listed ? { ...part, bytes } : part));
    expect(verifyEvidence(evidenceJson({ ...whole, parts })).problems.join('\n')).toMatch(
      /recorded at arrival/,
    );
  }
});

test('a reply that was not released is in no bundle, neither its text nor its file', async () => {
  const id = await submit(await addTestUnit(db), await addTestApplicant(db));
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'علی' };
  await recordDecision(deps, { letterId: id, decision });
  const staff = await addTestStaff(db, { role: 'admin' });
  const action = {
    kind: 'reply' as const,
    text: publicText('هنوز نه'),
    file: await storeFile('پیوست'),
  };
  const actionKey = randomUUID();
  await actOnLetter(testDeps(db, { files }), { letterId: id, staff, actionKey, action });
  const read = async () => {
    const { parts } = await gather(id);
    const text = parts.map(({ bytes }) => bytes.toString()).join('\n');
    return { hasText: text.includes('هنوز نه'), hasFile: text.includes('پیوست') };
  };
  expect(await read()).toEqual({ hasText: false, hasFile: false });
  const applied = { id: actionKey, outcome: 'applied' as const, replyNumber: 1 };
  await db.begin((tx) => setUnitActionOutcome(tx, applied));
  expect(await read()).toEqual({ hasText: true, hasFile: true });
});

test('a bundle says nothing of a mobile number, of an SMS, or of another letter’s content', () => {
  const text = evidenceJson(evidence).toString();
  expect(text).toContain('+98912•••6789');
  expect(text).not.toContain('9123456789');
  expect(text).not.toContain('storageKey');
  expect(text.match(/درخواست/g)).toHaveLength(1);
});

test.each([
  ['json', evidenceJson],
  ['zip', evidenceZip],
])('one flipped bit anywhere in a %s bundle fails, and what it is in is named', (_kind, write) => {
  const whole = write(evidence);
  const named = new Set<string>();
  // A step that has no common factor with the size of anything in it: every part is met.
  for (let at = 0; at < whole.length; at += 13) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const { problems } = verifyEvidence(flipped, { checkpoints: published() });
    expect(problems, `byte ${at}`).not.toEqual([]);
    named.add((problems[0] ?? '').split(':')[0] ?? '');
  }
  for (const part of ['letter', 'decisions', 'messages', 'register', 'audit'])
    expect([...named]).toContainEqual(`${part}.json`);
});

test.each([
  ['an empty file', ''],
  ['something else', '{"a": 1}'],
  ['half an archive', 'PK\u0003\u0004'],
])('%s is no bundle', (_what, text) => {
  expect(verifyEvidence(Buffer.from(text)).problems).toHaveLength(1);
});

interface ForgedEntry {
  prevHash: string;
  register: string;
  year: number;
  serial: number;
  number: string;
  letterId: string;
  registeredAt: string;
  hash: string;
}

/** The parts that are forged here, as one: an object, or a list of audit entries or files. */
interface Forged {
  entry: ForgedEntry;
  following: ForgedEntry[];
  checkpoint: { hash: string };
  registeredAt: string;
  decidedBy: string;
  decisions: [{ kind: string }];
  0: { sha256: string; canonical: string; details: string; hash: string };
  splice(start: number, count: number): void;
}

type Forge = (value: Forged) => void;

/** A forger seals again what was changed: the chains and the cross-checks are left to catch it. */
const forge = (name: string, change: Forge): Buffer => {
  const parts = evidence.parts.map((part) => {
    if (part.name !== name) return part;
    const value = JSON.parse(part.bytes.toString()) as Forged;
    change(value);
    return { name, bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) };
  });
  return evidenceJson({ ...evidence, parts });
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const FORGERIES: [string, string, Forge, RegExp][] = [
  [
    'number',
    'register.json',
    ({ entry }) => {
      entry.number = '1405/9';
    },
    /hash of 1405\/9 does not/,
  ],
  [
    'later entry',
    'register.json',
    ({ following }) => {
      following.splice(0, 1);
    },
    /does not follow/,
  ],
  [
    'checkpoint',
    'register.json',
    ({ checkpoint }) => {
      checkpoint.hash = 'a'.repeat(64);
    },
    /does not lead to/,
  ],
  [
    'date',
    'letter.json',
    (letter) => {
      letter.registeredAt = '2026-01-01T00:00:00.000Z';
    },
    /the entry is not that of letter\.json/,
  ],
  [
    'decider',
    'letter.json',
    (letter) => {
      letter.decidedBy = 'رضا';
    },
    /who decided/,
  ],
  [
    'decision',
    'decisions.json',
    ({ decisions: [decision] }) => {
      decision.kind = 'reject';
    },
    /who decided/,
  ],
  [
    'file hash',
    'files.json',
    ({ 0: file }) => {
      file.sha256 = 'a'.repeat(64);
    },
    /recorded at arrival/,
  ],
  [
    'audit entry’s details',
    'audit.json',
    ({ 0: entry }) => {
      entry.details = '{}';
    },
    /its details are not those/,
  ],
  ['audit trail', 'audit.json', (entries) => entries.splice(1, 1), /does not follow/],
  [
    'audit entry with a hash that fits it',
    'audit.json',
    ({ 0: entry }) => {
      entry.canonical = entry.canonical.replace('applicant', 'operator');
      entry.hash = sha256(entry.canonical);
    },
    /entry \d+: it does not follow/,
  ],
];

test.each(FORGERIES)(
  'a %s that was forged and sealed again is found',
  (_what, name, change, why) => {
    expect(verifyEvidence(forge(name, change)).problems.join('\n')).toMatch(why);
  },
);

test('a chain forged as a whole is found by a checkpoint that came another way', () => {
  const forged = forge('register.json', ({ entry, following, checkpoint }) => {
    let prevHash = entry.prevHash;
    entry.registeredAt = '2026-01-01T00:00:00.000Z';
    for (const each of [entry, ...following]) {
      each.prevHash = prevHash;
      const { register, year, serial, number, letterId: id, registeredAt } = each;
      each.hash = sha256(
        JSON.stringify([prevHash, register, year, serial, number, id, registeredAt]),
      );
      prevHash = each.hash;
    }
    checkpoint.hash = prevHash;
  });
  expect(verifyEvidence(forged, { checkpoints: published() }).problems).toContainEqual(
    'register.json: the checkpoint is not among the published ones that you gave',
  );
});

test('the verifier runs by itself, outside of the desk', async () => {
  const alone = path.join(dir, 'verify-evidence.mjs');
  await copyFile(VERIFIER, alone);
  await writeFile(path.join(dir, 'bundle.zip'), evidenceZip(evidence));
  await writeFile(path.join(dir, 'checkpoints.log'), published());
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [alone, ...args], { cwd: dir, encoding: 'utf8' });
  const whole = run('bundle.zip', '--checkpoints', 'checkpoints.log');
  expect(whole.stdout).toMatch(/The bundle fits\.\n$/);
  expect(whole.status).toBe(0);
  const damaged = evidenceZip(evidence);
  damaged[900] = (damaged[900] ?? 0) ^ 1;
  await writeFile(path.join(dir, 'bundle.zip'), damaged);
  const broken = run('bundle.zip');
  expect(broken.status).toBe(1);
  expect(broken.stdout).toMatch(/✗ .*\nThe bundle does not fit\.\n$/);
  expect(run().status).toBe(2);
});
