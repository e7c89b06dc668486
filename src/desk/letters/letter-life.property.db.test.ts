/** Random commands against one letter, and a small model of what each of them may do. */
import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findFile } from './letter-files.sql.ts';
import { findLetter } from './letters.sql.ts';
import { retireUnitRow } from '../administration/units.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  fileRow,
  noFiles,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createProperties } from '../../testing/property.ts';
import { testSeals } from '../../testing/seals.ts';
import { decideLetter } from './decide-letter.ts';
import type { ActOnLetter } from './act-on-letter.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { recordDecision } from './record-decision.ts';
import { recordUnitAction } from './record-unit-action.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { resubmitLetter } from './resubmit-letter.ts';
import { withdrawLetter } from './withdraw-letter.ts';
import { InternalText, publicText } from '../../platform/base/audience.ts';
import { actOnLetter } from './act-on-letter.ts';

const { holds } = createProperties('letter-life');

let database: TestDatabase;
let db: Db;
let reviewers: StaffMember[];
let admin: StaffMember;
let applicantId: string;
let otherApplicantId: string;
let units: Record<'first' | 'second' | 'retired', string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 4, log, name: 'test', seals: testSeals });
  reviewers = [
    await addTestStaff(db, { role: 'reviewer' }),
    await addTestStaff(db, { role: 'reviewer' }),
  ];
  admin = await addTestStaff(db, { role: 'admin' });
  applicantId = await addTestApplicant(db);
  otherApplicantId = await addTestApplicant(db, '+989120000001');
  units = {
    first: await addTestUnit(db),
    second: await addTestUnit(db),
    retired: await addTestUnit(db),
  };
  await retireUnitRow(db, { id: units.retired });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

type Kind = 'approve' | 'reject' | 'return' | 'withdraw';
type StaffKind = Exclude<Kind, 'withdraw'>;
type Unit = 'none' | 'first' | 'second' | 'retired';
type Act = 'note' | 'refer' | 'reply' | 'close';

const unit = fc.constantFrom<Unit>('none', 'first', 'second', 'retired');
const kind = fc.constantFrom<StaffKind>('approve', 'approve', 'reject', 'return', 'return');
const which = fc.nat(3);
const command = fc.oneof(
  fc.record({ do: fc.constant('decide' as const), kind, unit, by: fc.nat(1) }),
  fc.record({ do: fc.constant('deliver' as const), which }),
  fc.record({ do: fc.constant('signal' as const), kind, unit, reason: fc.boolean() }),
  fc.record({ do: fc.constant('deliverWrong' as const), kind }),
  fc.record({ do: fc.constant('withdraw' as const), by: fc.constantFrom('own', 'own', 'other') }),
  fc.record({
    do: fc.constant('resubmit' as const),
    round: fc.constantFrom(0, 0, 0, -1, 1),
    unit: fc.constantFrom<'first' | 'second' | 'retired'>('first', 'second', 'second', 'retired'),
    file: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('act' as const),
    kind: fc.constantFrom<Act>('note', 'refer', 'reply', 'close'),
    unit: fc.constantFrom<'first' | 'second' | 'retired'>('first', 'second', 'retired'),
  }),
  fc.record({ do: fc.constant('deliverAction' as const), which }),
);
type Command = typeof command extends fc.Arbitrary<infer One> ? One : never;

interface Model {
  status: 'pending' | 'approved' | 'rejected' | 'returned' | 'withdrawn';
  round: number;
  returns: number;
  step: 'with_unit' | 'answered' | 'closed' | null;
  unit: string;
  replies: number;
  file: string;
  /** Written by the desk, in order; `by` is null for a signal. */
  decisions: {
    id: string;
    kind: Kind;
    unit: string | null;
    by: number | null;
    outcome: 'applied' | 'superseded' | null;
    round: number;
  }[];
  actions: { id: string; kind: Act; unit: string; outcome: 'applied' | 'refused' | null }[];
  applied: string[];
}

const STATUS = {
  approve: 'approved',
  reject: 'rejected',
  return: 'returned',
  withdraw: 'withdrawn',
} as const;

const applyDecision = (model: Model, decided: { kind: Kind; unit: string | null }): void => {
  model.status = STATUS[decided.kind];
  if (decided.kind === 'return') model.returns += 1;
  if (decided.kind !== 'approve') return;
  model.step = 'with_unit';
  model.unit = decided.unit ?? model.unit;
};

/** What keeps others from deciding: a return only until the letter is sent again. */
const standingOf = (model: Model): Model['decisions'][number] | undefined =>
  model.decisions.find(({ outcome }) => outcome === null) ??
  model.decisions.find(
    ({ outcome, kind: done, round }) =>
      outcome === 'applied' &&
      (done !== 'return' || (model.status === 'returned' && round === model.round)),
  );

const isTimely = (model: Model, done: Kind): boolean =>
  model.status === 'pending' || (model.status === 'returned' && done === 'withdraw');

const supersedeOpen = (model: Model): void => {
  for (const decision of model.decisions) decision.outcome ??= 'superseded';
};

const applyAction = (model: Model, action: Model['actions'][number]): void => {
  const isWithUnit = model.status === 'approved' && model.step !== 'closed';
  action.outcome = isWithUnit ? 'applied' : 'refused';
  if (!isWithUnit) return;
  model.applied.push(action.kind);
  if (action.kind === 'refer') Object.assign(model, { unit: action.unit, step: 'with_unit' });
  if (action.kind === 'reply') Object.assign(model, { step: 'answered' });
  if (action.kind === 'reply') model.replies += 1;
  if (action.kind === 'close') model.step = 'closed';
};

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof DomainError) return error.code;
      throw error;
    },
  );

const createLife = (letterId: string) => {
  const deps = testDeps(db, { files: noFiles });
  const unitOf = (named: Unit): string | null => (named === 'none' ? null : units[named]);

  const newestId = async (
    table: 'decisions' | 'unit_actions',
    known: string[],
  ): Promise<string> => {
    const rows = await db<{ id: string }[]>`
      select id from ${db(table)} where letter_id = ${letterId}`;
    const found = rows.map(({ id }) => id).filter((id) => !known.includes(id));
    expect(found).toHaveLength(1);
    return found[0] ?? '';
  };

  const run: {
    [Name in Command['do']]: (model: Model, given: Extract<Command, { do: Name }>) => Promise<void>;
  } = {
    async decide(model, given) {
      const staff = reviewers[given.by];
      if (!staff) throw new Error('no such reviewer');
      const chosen = unitOf(given.unit);
      const standing = standingOf(model);
      const decision =
        given.kind === 'approve'
          ? { kind: given.kind, ...(chosen !== null && { unitId: chosen }) }
          : { kind: given.kind, reason: 'ناقص است' };
      const known = model.decisions.map(({ id }) => id);
      const code = await codeOf(decideLetter(deps, { letterId, staff, decision }));
      const isSameAgain =
        standing?.by === given.by &&
        standing.kind === given.kind &&
        standing.unit === (given.kind === 'approve' ? chosen : null);
      if (isSameAgain) return expect(code).toBe('done');
      if (standing) return expect(code).toBe('already_decided');
      if (given.kind === 'approve' && given.unit === 'retired')
        return expect(code).toBe('unit_not_available');
      expect(code).toBe('done');
      model.decisions.push({
        id: await newestId('decisions', known),
        kind: given.kind,
        unit: given.kind === 'approve' ? chosen : null,
        by: given.by,
        outcome: null,
        round: model.round,
      });
    },
    async deliver(model, given) {
      const decision = model.decisions[given.which];
      if (!decision) return;
      const { id: decisionId, kind } = decision;
      const { refused } = await recordDecision(deps, {
        letterId,
        decision: { decisionId, kind, by: 'x' },
      });
      const isNew = decision.outcome === null && isTimely(model, kind);
      expect(refused === null).toBe(isNew || decision.outcome === 'applied');
      if (refused !== null || decision.outcome === 'applied') return;
      decision.outcome = 'applied';
      supersedeOpen(model);
      applyDecision(model, decision);
    },
    async signal(model, given) {
      const decisionId = randomUUID();
      const chosen = unitOf(given.unit);
      const { refused } = await recordDecision(deps, {
        letterId,
        decision:
          given.kind === 'approve'
            ? { kind: 'approve', decisionId, by: 'ali', ...(chosen !== null && { unit: chosen }) }
            : {
                kind: given.kind,
                decisionId,
                by: 'ali',
                reason: given.reason ? 'ناقص' : ' \u200c ',
              },
      });
      const isGood = given.kind === 'approve' ? given.unit !== 'retired' : given.reason;
      expect(refused === null).toBe(model.status === 'pending' && isGood);
      if (refused !== null) return;
      supersedeOpen(model);
      const unitId = given.kind === 'approve' ? chosen : null;
      const decided = { kind: given.kind, unit: unitId, by: null, outcome: 'applied' as const };
      model.decisions.push({ id: decisionId, ...decided, round: model.round });
      applyDecision(model, decided);
    },
    async deliverWrong(model, given) {
      const other = await submitTestLetter(db, { unitId: units.first, applicantId });
      const staff = reviewers[0];
      if (!staff) throw new Error('no reviewer');
      const decision = { kind: 'reject' as const, reason: 'نامه‌ی دیگر' };
      await decideLetter(deps, { letterId: other, staff, decision });
      const [row] = await db<{ id: string }[]>`select id from decisions where letter_id = ${other}`;
      const { refused } = await recordDecision(deps, {
        letterId,
        decision: { kind: given.kind, decisionId: row?.id ?? '', by: 'x' },
      });
      expect(refused).not.toBeNull();
      const unknown = await recordUnitAction(deps, { letterId, actionId: randomUUID() });
      expect(unknown.refused).not.toBeNull();
      expect((await findLetter(db, other))?.status).toBe('pending');
      expect(model.status).toBe((await findLetter(db, letterId))?.status);
    },
    async withdraw(model, given) {
      const isOwn = given.by === 'own';
      const standing = standingOf(model);
      const known = model.decisions.map(({ id }) => id);
      const who = isOwn ? applicantId : otherApplicantId;
      const code = await codeOf(withdrawLetter(deps, { applicantId: who, letterId }));
      if (!isOwn) return expect(code).toBe('not_found');
      if (standing?.kind === 'withdraw') return expect(code).toBe('done');
      const hasComeBack = model.status === 'returned' && standing?.outcome === 'applied';
      if (standing && !hasComeBack) return expect(code).toBe('already_decided');
      expect(code).toBe('done');
      const id = await newestId('decisions', known);
      const { round } = model;
      model.decisions.push({ id, kind: 'withdraw', unit: null, by: null, outcome: null, round });
    },
    async resubmit(model, given) {
      const unitId = units[given.unit];
      const round = model.round + given.round;
      const subject = `موضوع ${model.round + 1}`;
      const file = given.file ? fileRow() : null;
      const code = await codeOf(
        resubmitLetter(deps, {
          applicantId,
          letterId,
          round,
          unitId,
          subject,
          files: file ? [file] : [],
        }),
      );
      const isOpen = model.status === 'returned' && standingOf(model)?.outcome === 'applied';
      if (!isOpen) return expect(code).toBe('not_open');
      if (given.unit === 'retired') return expect(code).toBe('unit_not_available');
      if (given.round !== 0) return expect(code).toBe('not_open');
      expect(code).toBe('done');
      Object.assign(model, { status: 'pending', round: model.round + 1, unit: unitId });
      if (file) model.file = file.sha256;
    },
    async act(model, given) {
      const unitId = units[given.unit];
      const actions: Record<Act, ActOnLetter['action']> = {
        note: { kind: 'note', note: new InternalText('یادداشت') },
        refer: { kind: 'refer', unitId, note: new InternalText('ارجاع') },
        reply: { kind: 'reply', text: publicText('پاسخ'), file: null },
        close: { kind: 'close', reason: publicText('رسیدگی شد') },
      };
      const code = await codeOf(
        actOnLetter(deps, { letterId, staff: admin, action: actions[given.kind] }),
      );
      if (model.status !== 'approved' || model.step === 'closed')
        return expect(code).toBe('not_open');
      const isRefused = given.kind === 'refer' && [model.unit, units.retired].includes(unitId);
      if (isRefused) return expect(code).toBe('unit_not_available');
      expect(code).toBe('done');
      const known = model.actions.map(({ id }) => id);
      const id = await newestId('unit_actions', known);
      model.actions.push({ id, kind: given.kind, unit: unitId, outcome: null });
    },
    async deliverAction(model, given) {
      const action = model.actions[given.which];
      if (!action) return;
      const wasDone = action.outcome;
      const { refused } = await recordUnitAction(deps, { letterId, actionId: action.id });
      if (wasDone !== null) return;
      applyAction(model, action);
      expect(refused === null).toBe(action.outcome === 'applied');
    },
  };
  return async (model: Model, given: Command): Promise<void> => {
    await (run[given.do] as (model: Model, given: Command) => Promise<void>)(model, given);
    const row = await findLetter(db, letterId);
    expect({
      status: row?.status,
      step: row?.step,
      unit: row?.unitId,
      replies: row?.replies,
      round: row?.round,
      file: (await findFile(db, { letterId }))?.sha256,
      numbered: row?.letterNumber !== null && row?.trackingCode !== null,
    }).toEqual({
      status: model.status,
      step: model.step,
      unit: model.unit,
      replies: model.replies,
      round: model.round,
      file: model.file,
      numbered: model.status === 'approved',
    });
  };
};

const ACTION_AUDIT: Record<Act, string> = {
  note: 'noted',
  refer: 'referred',
  reply: 'replied',
  close: 'closed',
};

const decided = (chosen: StaffKind, which: number): Command[] => [
  { do: 'decide', kind: chosen, unit: 'none', by: 0 },
  { do: 'deliver', which },
];
const acted = (done: Act, which: number): Command[] => [
  { do: 'act', kind: done, unit: 'second' },
  { do: 'deliverAction', which },
];
/** One life to each end, so that none depends on what is drawn. */
const LIVES: Record<string, Command[]> = {
  pending: [],
  rejected: decided('reject', 0),
  returned: decided('return', 0),
  withdrawn: [
    { do: 'withdraw', by: 'own' },
    { do: 'deliver', which: 0 },
  ],
  with_unit: [
    ...decided('return', 0),
    { do: 'resubmit', round: 0, unit: 'second', file: true },
    ...decided('approve', 1),
  ],
  answered: [...decided('approve', 0), ...acted('refer', 0), ...acted('reply', 1)],
  closed: [...decided('approve', 0), ...acted('close', 0)],
};

test('whatever comes in whatever order, the letter is where the model says', async () => {
  const ends = new Map<string, number>();
  await holds(
    fc.asyncProperty(fc.array(command, { maxLength: 25, size: 'max' }), async (commands) => {
      const letterId = await submitTestLetter(db, { unitId: units.first, applicantId });
      const model: Model = {
        status: 'pending',
        step: null,
        unit: units.first,
        replies: 0,
        round: 1,
        returns: 0,
        file: fileRow().sha256,
        decisions: [],
        actions: [],
        applied: [],
      };
      const execute = createLife(letterId);
      for (const given of commands) await execute(model, given);

      const end = model.step ?? model.status;
      const ended = ['pending', 'returned'].includes(model.status) ? [] : [model.status];
      const returned = Array.from({ length: model.returns }, () => 'returned');
      const resubmitted = Array.from({ length: model.round - 1 }, () => 'resubmitted');
      const replied = Array.from({ length: model.replies }, () => 'replied');
      const messages = await db<{ kind: string }[]>`
        select kind from messages where letter_id = ${letterId}`;
      expect(messages.map((message) => message.kind).sort()).toEqual(
        [
          ...ended.filter((kind) => kind !== 'withdrawn'),
          ...returned,
          ...replied,
          ...model.applied.filter((action) => action === 'close').map(() => 'closed'),
        ].sort(),
      );
      const told = await db<{ action: string }[]>`
        select action from audit_entries where letter_id = ${letterId}
          and action not in ('submitted', 'decided', 'acted', 'read')`;
      expect(told.map(({ action }) => action).sort()).toEqual(
        [
          ...ended,
          ...returned,
          ...resubmitted,
          ...model.applied.map((action) => ACTION_AUDIT[action as Act]),
        ].sort(),
      );
      const versions = await db<{ round: number }[]>`
        select round from letter_versions where letter_id = ${letterId} order by round`;
      expect(versions.map(({ round }) => round)).toEqual(
        Array.from({ length: model.round - 1 }, (_, index) => index + 1),
      );
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }),
    0.3,
    Object.values(LIVES).map((life): [Command[]] => [life]),
  );
  expect([...ends.keys()].sort()).toEqual(Object.keys(LIVES).sort());
}, 120_000);

test('after all that the register has no gap, no repeat and one entry for each approved letter', async () => {
  const entries = await db<{ year: number; serial: number }[]>`
    select year, serial from register_entries order by year, serial`;
  const lastOf = new Map<number, number>();
  for (const { year, serial } of entries) {
    expect(serial).toBe((lastOf.get(year) ?? 0) + 1);
    lastOf.set(year, serial);
  }
  const [wrong] = await db<{ letters: number }[]>`
    select count(*)::int as letters from letters l
    left join register_entries r on r.letter_id = l.id
    where (l.status = 'approved') <> (r.letter_id is not null)`;
  expect(wrong?.letters).toBe(0);
  expect(entries.length).toBeGreaterThan(0);
});
