/**
 * What must hold at the end of every run. Shares no code with the desk: it asks the database in
 * its own SQL, hashes the stored files, reads the gateway's log, the client's ledger, the engine's
 * visibility and the log files.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { standsBeside } from './fault-log.ts';
import { type LedgerLine, linesOf, readLedger } from './ledger.ts';
import { openSealedRecord } from './sealed-record.ts';
import type { Stage } from './stage.ts';

export interface Finding {
  id: string;
  title: string;
  state: 'held' | 'broken' | 'not run';
  /** How many breaks there are. */
  breaks: number;
  /** The first break, or what was looked at. */
  detail: string;
}

/** What a check found: breaks, and what it looked at; `notRun`: why it could not be made. */
interface Looked {
  breaks: string[];
  looked: string;
  notRun?: string;
}

interface LetterRow {
  id: string;
  submission_key: string;
  status: string;
  step: string | null;
  subject: string;
  round: number;
  letter_number: string | null;
  tracking_code: string | null;
  needs_attention: string | null;
}

interface Evidence {
  stage: Stage;
  lines: LedgerLine[];
  letters: Map<string, LetterRow>;
}

const TITLES: [string, string, (evidence: Evidence) => Promise<Looked>][] = [
  ['I1', 'what was promised is there, with the same file', (one) => promisesKept(one)],
  ['I2', 'no letter that nobody sent, none twice', (one) => nothingInvented(one)],
  ['I3', 'numbers are 1..N in order, one for each approved letter', (one) => numbersGapless(one)],
  ['I4', 'tracking codes are unique, none without approval', (one) => codesUnique(one)],
  ['I5', 'one SMS for each outcome, delivered as the gateway says', (one) => toldOnce(one)],
  ['I6', 'no SMS for an outcome that is not in the record', (one) => toldTruth(one)],
  ['I7', 'nothing is stuck', (one) => nothingStuck(one)],
  ['I8', 'one decision for each decided letter; audit trail whole', (one) => decidedOnce(one)],
  ['I9', 'no row without its file', (one) => filesMatch(one)],
  ['I10', 'no 500, no crash, nothing personal in a log', (one) => logsClean(one)],
  ['I11', 'the database is sound (amcheck, checksums)', (one) => databaseSound(one)],
  ['I12', 'reconcile changes nothing', (one) => reconcileIdle(one)],
  ['I13', 'what was taken back has no effect', (one) => undoneHasNoEffect(one)],
];

/** Once the desk has settled. A check that fails itself counts as broken. */
export const checkInvariants = async (
  stage: Stage,
  only?: readonly string[],
): Promise<Finding[]> => {
  const rows = await stage.sql<LetterRow[]>`
    select id, submission_key, status, step, subject, round, letter_number, tracking_code,
      needs_attention
    from letters`;
  const letters = new Map(rows.map((row) => [row.id, row]));
  const evidence = { stage, lines: readLedger(stage.ledger.file), letters };
  const findings: Finding[] = [];
  for (const [id, title, check] of TITLES) {
    if (only && !only.includes(id)) continue;
    const { breaks, looked, notRun } = await check(evidence).catch((error: unknown): Looked => ({
      breaks: [`the check failed: ${String(error)}`],
      looked: '',
    }));
    for (const problem of stage.visitor.problems)
      if (problem.invariant === id) breaks.push(problem.witness);
    const state = breaks.length > 0 ? 'broken' : notRun === undefined ? 'held' : 'not run';
    findings.push({
      id,
      title,
      state,
      breaks: breaks.length,
      detail: breaks[0] ?? notRun ?? looked,
    });
  }
  return findings;
};

const promisesKept = async ({ stage, lines, letters }: Evidence): Promise<Looked> => {
  const files = await stage.sql<
    { letter_id: string; round: number; sha256: string; storage_key: string }[]
  >`
    select letter_id, round, sha256, storage_key from files where unit_action_id is null`;
  const fileOf = new Map(files.map((file) => [`${file.letter_id} ${file.round}`, file]));
  const record = await openSealedRecord(stage);
  const stored = await record.fileHashes();
  const breaks: string[] = [];
  const sent = new Map(linesOf(lines, 'sent').map((line) => [line.key, line]));
  const promised = linesOf(lines, 'promised');
  const acknowledged = new Set(linesOf(lines, 'acknowledged').map(({ key }) => key));
  for (const { key, letterId } of promised) {
    const file = fileOf.get(`${letterId} 1`);
    const wanted = sent.get(key)?.sha256;
    if (letters.get(letterId)?.submission_key !== key)
      breaks.push(`letter ${letterId} was promised for submission ${key} and is not there`);
    else if (file === undefined) breaks.push(`letter ${letterId} has no file in the record`);
    else if (file.sha256 !== wanted || stored.get(file.storage_key) !== wanted)
      breaks.push(`letter ${letterId}: the stored file is not the one that was sent`);
  }
  const corrections = acceptedCorrections(lines);
  for (const { letterId, round, sha256 } of corrections) {
    const file = fileOf.get(`${letterId} ${round + 1}`);
    if ((file?.sha256 ?? null) !== sha256)
      breaks.push(`letter ${letterId}: round ${round + 1} has not the file of its correction`);
    else if (file && stored.get(file.storage_key) !== sha256)
      breaks.push(`letter ${letterId}: the stored file of round ${round + 1} is another one`);
  }
  for (const { key, letterId } of promised) {
    const row = letters.get(letterId);
    const newest = corrections.findLast((one) => one.letterId === letterId);
    const wanted = newest?.subject ?? sent.get(key)?.subject;
    if (row && record.text(row.id, row.subject, 'letters.subject') !== wanted)
      breaks.push(`letter ${letterId} does not say what was sent last`);
  }
  for (const key of sent.keys())
    if (!acknowledged.has(key)) breaks.push(`submission ${key} was never acknowledged`);
  const rows = await stage.sql<
    {
      id: string;
      letter_id: string;
      body: string;
      sha256: string | null;
      storage_key: string | null;
    }[]
  >`
    select a.id, a.letter_id, a.body, f.sha256, f.storage_key
    from unit_actions a left join files f on f.unit_action_id = a.id
    where a.kind = 'reply' and a.outcome = 'applied'`;
  const replies = rows.map((row) => ({
    ...row,
    body: record.text(row.letter_id, row.body, `unit_actions.body:${row.id}`),
  }));
  const answers = linesOf(lines, 'action').filter(
    ({ kind, told }) => kind === 'reply' && told === 'accepted',
  );
  for (const { letterId, text, sha256 } of answers) {
    const found = replies.filter((row) => row.letter_id === letterId && row.body === text);
    const [reply] = found;
    if (found.length !== 1)
      breaks.push(`the reply «${text}» was accepted once and stands ${found.length} times`);
    else if (sha256 && (reply?.sha256 !== sha256 || stored.get(reply.storage_key ?? '') !== sha256))
      breaks.push(`the file of the reply «${text}» is not the one that was sent`);
  }
  const figures = [
    `${acknowledged.size} letters`,
    `${corrections.length} corrections`,
    `${answers.length} replies`,
  ];
  return { breaks, looked: figures.join(', ') };
};

/** What its sender was told to have sent again, in order. */
const acceptedCorrections = (
  lines: LedgerLine[],
): Extract<LedgerLine, { type: 'correcting' }>[] => {
  const accepted = new Set(
    linesOf(lines, 'corrected')
      .filter(({ told }) => told === 'accepted')
      .map(({ letterId, round }) => `${letterId} ${round}`),
  );
  return linesOf(lines, 'correcting').filter(({ letterId, round }) =>
    accepted.has(`${letterId} ${round}`),
  );
};

const nothingInvented = async ({ lines, letters }: Evidence): Promise<Looked> => {
  const sent = new Set(linesOf(lines, 'sent').map(({ key }) => key));
  const seen = new Map<string, string>();
  const breaks: string[] = [];
  for (const { id, submission_key: key } of letters.values()) {
    if (!sent.has(key)) breaks.push(`letter ${id} has a submission key that nobody sent`);
    const other = seen.get(key);
    if (other !== undefined) breaks.push(`submission ${key} became letters ${other} and ${id}`);
    seen.set(key, id);
  }
  for (const { id, round } of letters.values()) {
    const corrected = acceptedCorrections(lines).filter(({ letterId }) => letterId === id).length;
    if (round !== corrected + 1)
      breaks.push(`letter ${id} was corrected ${corrected} times and is in round ${round}`);
  }
  for (const { key, letterId } of linesOf(lines, 'promised'))
    if (seen.get(key) !== undefined && seen.get(key) !== letterId)
      breaks.push(`submission ${key} was promised as ${letterId} and is ${seen.get(key)}`);
  return { breaks, looked: `${letters.size} letters` };
};

const numbersGapless = async ({ stage, letters }: Evidence): Promise<Looked> => {
  const entries = await stage.sql<
    {
      register: string;
      year: number;
      serial: number;
      number: string;
      letter_id: string;
      registered_at: Date;
      prev_hash: string;
      hash: string;
    }[]
  >`
    select register, year, serial, number, letter_id, registered_at, prev_hash, hash
    from register_entries order by register, year, serial`;
  const breaks: string[] = [];
  let before: (typeof entries)[number] | undefined;
  const entered = new Map<string, string>();
  for (const entry of entries) {
    const sameBook = before?.register === entry.register;
    const follows = sameBook && before?.year === entry.year ? before.serial + 1 : 1;
    if (entry.serial !== follows)
      breaks.push(
        `${entry.register} ${entry.year}: ${entry.serial} stands where ${follows} should`,
      );
    if (sameBook && before && entry.registered_at < before.registered_at)
      breaks.push(`${entry.number} was registered before ${before.number}`);
    if (sameBook && before && entry.prev_hash !== before.hash)
      breaks.push(`${entry.number} does not name the hash of ${before.number}`);
    if (entered.has(entry.letter_id)) breaks.push(`letter ${entry.letter_id} has two numbers`);
    entered.set(entry.letter_id, entry.number);
    before = entry;
  }
  for (const { id, status, letter_number: number } of letters.values()) {
    if (status === 'approved' && (number === null || entered.get(id) !== number))
      breaks.push(`approved letter ${id} says ${number}, the register ${entered.get(id)}`);
    if (status !== 'approved' && (number !== null || entered.has(id)))
      breaks.push(`letter ${id} is ${status} and has the number ${number ?? entered.get(id)}`);
  }
  const verified = await deskVerifies(stage, 'verify-register');
  if (verified.problem) breaks.push(verified.problem);
  return { breaks, looked: `${entries.length} numbers; ${verified.said}` };
};

const TRACKING_CODE = /^[0-9A-HJKMNP-TV-Z]{12}$/;

const codesUnique = async ({ letters }: Evidence): Promise<Looked> => {
  const breaks: string[] = [];
  const seen = new Map<string, string>();
  for (const { id, status, tracking_code: code } of letters.values()) {
    if ((status === 'approved') !== (code !== null))
      breaks.push(`letter ${id} is ${status} and its tracking code is ${code}`);
    if (code === null) continue;
    if (!TRACKING_CODE.test(code)) breaks.push(`letter ${id}: ${code} is no tracking code`);
    if (seen.has(code)) breaks.push(`${seen.get(code)} and ${id} have the same tracking code`);
    seen.set(code, id);
  }
  return { breaks, looked: `${seen.size} codes` };
};

interface Told {
  letterId: string;
  outcome: string;
  keys: Map<string, Date[]>;
}

/** From the texts that phones got, to letters; what names no letter of the record comes apart. */
const readGateway = async ({
  stage,
  lines,
  letters,
}: Evidence): Promise<{ told: Map<string, Told>; strange: string[] }> => {
  const byNumber = new Map([...letters.values()].map((row) => [row.letter_number, row]));
  const rejections = linesOf(lines, 'decision').filter(({ kind }) => kind === 'reject');
  const returns = linesOf(lines, 'decision').filter(({ kind }) => kind === 'return');
  const told = new Map<string, Told>();
  const strange: string[] = [];
  const replyKeys = new Map<string, number>();
  const add = (letterId: string, outcome: string, key: string, at: Date): void => {
    const name = `${letterId} ${outcome}`;
    const entry = told.get(name) ?? { letterId, outcome, keys: new Map<string, Date[]>() };
    entry.keys.set(key, [...(entry.keys.get(key) ?? []), at]);
    told.set(name, entry);
  };
  for (const sms of stage.gateway.received) {
    if (!sms.taken || sms.kind === 'code') continue;
    const row = byNumber.get(sms.params.letterNumber ?? '');
    const rejected = rejections.find(({ reason }) => reason && sms.text.includes(reason));
    const returned = returns.find(({ reason }) => reason && sms.text.includes(reason));
    if (sms.kind === 'approved' && row) {
      const code = sms.text.replaceAll(/[^0-9A-Z\n]/g, '').split('\n');
      if (!code.includes(row.tracking_code ?? '-'))
        strange.push(`an SMS gave ${row.letter_number} a tracking code that is not its own`);
      add(row.id, 'approved', sms.idempotencyKey, sms.at);
    } else if (sms.kind === 'replied' && row) {
      // Several replies of one letter read alike: their keys tell them apart.
      const known = replyKeys.get(`${row.id} ${sms.idempotencyKey}`);
      const number =
        known ?? [...replyKeys.keys()].filter((name) => name.startsWith(row.id)).length;
      replyKeys.set(`${row.id} ${sms.idempotencyKey}`, number);
      add(row.id, `reply ${number}`, sms.idempotencyKey, sms.at);
    } else if (sms.kind === 'rejected' && rejected) {
      if (letters.get(rejected.letterId)?.status !== 'rejected')
        strange.push(`letter ${rejected.letterId} was told to be rejected and is not`);
      add(rejected.letterId, 'rejected', sms.idempotencyKey, sms.at);
    } else if (sms.kind === 'returned' && returned) {
      add(returned.letterId, `returned ${returned.reason}`, sms.idempotencyKey, sms.at);
    } else strange.push(`an SMS «${sms.kind}» names ${sms.params.letterNumber ?? 'no letter'}`);
  }
  return { told, strange };
};

const toldOnce = async (evidence: Evidence): Promise<Looked> => {
  const { stage, letters } = evidence;
  const { told } = await readGateway(evidence);
  const breaks: string[] = [];
  let again = 0;
  for (const { letterId, outcome, keys } of told.values()) {
    if (keys.size !== 1) breaks.push(`letter ${letterId}, ${outcome}: ${keys.size} different SMS`);
    for (const times of keys.values()) {
      const [first, last] = [times[0], times.at(-1)];
      if (times.length < 2 || !first || !last) continue;
      again += times.length - 1;
      if (!standsBeside(stage.faults.spans, first.getTime(), last.getTime()))
        breaks.push(`letter ${letterId}, ${outcome}: sent ${times.length} times without a fault`);
    }
  }
  for (const { id, status } of letters.values())
    if ((status === 'approved' || status === 'rejected') && !told.has(`${id} ${status}`))
      breaks.push(`letter ${id} is ${status} and nobody was told`);
  const counted = await stage.sql<{ letter_id: string; replies: number; returns: number }[]>`
    select l.id as letter_id,
      (select count(*)::int from unit_actions a
       where a.letter_id = l.id and a.kind = 'reply' and a.outcome = 'applied') as replies,
      (select count(*)::int from decisions d
       where d.letter_id = l.id and d.kind = 'return' and d.outcome = 'applied') as returns
    from letters l`;
  const smsOf = (id: string, outcome: string): number =>
    [...told.keys()].filter((name) => name.startsWith(`${id} ${outcome}`)).length;
  for (const { letter_id: id, replies, returns } of counted) {
    const answered = smsOf(id, 'reply');
    if (answered !== replies)
      breaks.push(`letter ${id} has ${replies} replies and ${answered} SMS of them`);
    const sentBack = smsOf(id, 'returned');
    if (sentBack !== returns)
      breaks.push(`letter ${id} was returned ${returns} times, with ${sentBack} SMS of it`);
  }
  const deliveries = await deliveriesTrue(stage);
  breaks.push(...deliveries.breaks);
  const twice = `${again} came again with the same key, beside a fault`;
  return { breaks, looked: `${told.size} outcomes told; ${twice}; ${deliveries.looked}` };
};

/** `failed` is the gateway's word. */
const RECORDED = { delivered: 'delivered', failed: 'undelivered' } as const;
const DELIVERIES = [null, 'sent', 'undelivered', 'delivered'];
const RECEIPTS_END_WITHIN_MS = 90_000;

/** Delivery in the record is what the gateway's own log says, and never went back. */
const deliveriesTrue = async ({ gateway, sql }: Stage): Promise<Looked> => {
  const { receipts } = gateway;
  const end = Date.now() + RECEIPTS_END_WITHIN_MS;
  while (receipts.underWay() > 0 && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 200));
  const breaks = [...receipts.surprises];
  if (receipts.underWay() > 0) breaks.push(`${receipts.underWay()} receipts were never answered`);
  const rows = await sql<{ id: string; delivery: string | null }[]>`
    select id, delivery from messages`;
  const recorded = new Map(rows.map(({ id, delivery }) => [id, delivery]));
  for (const [id, fate] of receipts.fates)
    if (recorded.has(id) && recorded.get(id) !== RECORDED[fate])
      breaks.push(`message ${id} was ${fate} and stands as ${recorded.get(id)}`);
  for (const [id, delivery] of recorded)
    if (delivery !== null && !receipts.fates.has(id))
      breaks.push(`message ${id} stands as ${delivery}, and the gateway never told of it`);
  const moves = await sql<{ message_id: string; before: string | null; after: string | null }[]>`
    select message_id, before, after from chaos.deliveries order by id`;
  for (const { message_id: id, before, after } of moves)
    if (DELIVERIES.indexOf(after) <= DELIVERIES.indexOf(before))
      breaks.push(`the delivery of message ${id} went back from ${before} to ${after}`);
  const answers = [...receipts.tally.values()].reduce((sum, count) => sum + count, 0);
  return { breaks, looked: `${receipts.fates.size} deliveries after ${answers} receipts` };
};

const toldTruth = async (evidence: Evidence): Promise<Looked> => {
  const { strange } = await readGateway(evidence);
  const taken = evidence.stage.gateway.received.filter((sms) => sms.taken && sms.kind !== 'code');
  return { breaks: strange, looked: `${taken.length} SMS taken by the gateway` };
};

/** A letter's process ends with its withdrawal, its closing, or when nobody can object to its rejection. */
const isFinal = ({ status, step }: LetterRow): boolean =>
  status === 'rejected' || status === 'withdrawn' || step === 'closed';

const runningWorkflows = async ({ temporal }: Stage): Promise<string[]> => {
  const ids: string[] = [];
  const query = "WorkflowType = 'letterWorkflow' and ExecutionStatus = 'Running'";
  for await (const { workflowId } of temporal.workflow.list({ query })) ids.push(workflowId);
  return ids;
};

/** What is still under way: empty when the desk has come to rest. */
export const findUnsettled = async ({ sql }: Pick<Stage, 'sql'>): Promise<string[]> => {
  const [row] = await sql<Record<string, number>[]>`
    select (select count(*)::int from outbox where done_at is null) as "outbox rows",
      (select count(*)::int from messages
       where letter_id is not null and state in ('pending', 'sending')) as "messages",
      (select count(*)::int from decisions where outcome is null) as "open decisions",
      (select count(*)::int from unit_actions where outcome is null) as "open unit actions",
      (select count(*)::int from letters where objection_until is not null) as "times to object",
      (select count(*)::int from letters where needs_attention is not null) as "needing attention"`;
  return Object.entries({ ...row })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`);
};

const nothingStuck = async ({ stage, letters }: Evidence): Promise<Looked> => {
  const breaks = (await findUnsettled(stage)).map((what) => `left: ${what}`);
  const [stuck] = [...letters.values()].filter((row) => row.needs_attention !== null);
  if (stuck) breaks.push(`letter ${stuck.id} needs attention: ${stuck.needs_attention}`);
  const running = await runningWorkflows(stage);
  const open = new Set(
    [...letters.values()].filter((row) => !isFinal(row)).map(({ id }) => `letter-${id}`),
  );
  for (const id of running)
    if (!open.delete(id)) breaks.push(`workflow ${id} runs, and no open letter has it`);
  for (const id of open) breaks.push(`${id} is open, and its workflow does not run`);
  return { breaks, looked: `${running.length} workflows run, one for each open letter` };
};

const decidedOnce = async ({ stage, lines, letters }: Evidence): Promise<Looked> => {
  const breaks: string[] = [];
  const decisions = await stage.sql<
    {
      letter_id: string;
      kind: string;
      round: number;
      decided_by: string;
      username: string | null;
    }[]
  >`
    select d.letter_id, d.kind, d.round, d.decided_by, s.username
    from decisions d left join staff s on s.id = d.staff_id where d.outcome = 'applied'`;
  const events = await stage.sql<{ letter_id: string; action: string }[]>`
    select letter_id, action from audit_entries
    where action in ('approved', 'rejected', 'withdrawn', 'returned', 'resubmitted')`;
  const ends = ['approved', 'rejected', 'withdrawn'];
  for (const { id, status } of letters.values()) {
    const applied = decisions.filter((row) => row.letter_id === id && row.kind !== 'return');
    const noted = events.filter((row) => row.letter_id === id && ends.includes(row.action));
    const decided = ends.includes(status);
    if (applied.length !== (decided ? 1 : 0))
      breaks.push(`letter ${id} is ${status} and has ${applied.length} decisions`);
    if (noted.length !== (decided ? 1 : 0) || (decided && noted[0]?.action !== status))
      breaks.push(`letter ${id} is ${status} and has ${noted.length} audit entries of it`);
    const accepted = stillDecided(lines, id);
    if (accepted.length > 1)
      breaks.push(
        `${accepted.map(({ by }) => by).join(' and ')} were both told to have decided ${id}`,
      );
    const [deciding] = applied;
    const [told] = accepted;
    const isOther =
      told?.kind === 'withdraw' || deciding?.kind === 'withdraw'
        ? told?.kind !== deciding?.kind
        : (deciding?.username ?? deciding?.decided_by) !== told?.by;
    if (told && deciding && isOther)
      breaks.push(
        `${told.by} was told to have decided ${id}, the record says ${deciding.decided_by}`,
      );
    if (told && !decided)
      breaks.push(`${told.by} was told to have decided ${id}, which is ${status}`);
  }
  for (const letter of letters.values())
    breaks.push(
      ...roundsBroken(letter, {
        returned: decisions.filter((row) => row.letter_id === letter.id && row.kind === 'return'),
        told: linesOf(lines, 'decision').filter(
          (line) =>
            line.letterId === letter.id &&
            line.kind === 'return' &&
            (line.told === 'accepted' || line.told === 'undoable'),
        ).length,
        noted: events.filter((row) => row.letter_id === letter.id).map(({ action }) => action),
      }),
    );
  const chain = await auditChain(stage);
  breaks.push(...chain.breaks);
  const verified = await deskVerifies(stage, 'verify-audit');
  if (verified.problem) breaks.push(verified.problem);
  return { breaks, looked: `${decisions.length} decisions; ${chain.looked}; ${verified.said}` };
};

/** Who was told to have decided the letter, without what was taken back since. */
const stillDecided = (
  lines: LedgerLine[],
  letterId: string,
): Extract<LedgerLine, { type: 'decision' }>[] => {
  const undone = new Map<string, number>();
  for (const { by, told, letterId: id } of linesOf(lines, 'undo'))
    if (id === letterId && told === 'undone') undone.set(by, (undone.get(by) ?? 0) + 1);
  const said = linesOf(lines, 'decision').filter(
    (line) => line.letterId === letterId && line.kind !== 'return',
  );
  const isWithdrawn = said.some(({ kind, told }) => kind === 'withdraw' && told === 'accepted');
  return said.filter(({ told, by }) => {
    if (told !== 'undoable') return told === 'accepted';
    const left = undone.get(by) ?? 0;
    undone.set(by, left - 1);
    return left <= 0 && !isWithdrawn;
  });
};

/** Taken back as its maker was told, and then neither number nor SMS nor an entry of an outcome. */
const undoneHasNoEffect = async (evidence: Evidence): Promise<Looked> => {
  const { stage, lines } = evidence;
  const rows = await stage.sql<
    { id: string; letter_id: string; applied: number; effects: number; noted: number }[]
  >`
    select d.id, d.letter_id,
      (select count(*)::int from decisions a
       where a.letter_id = d.letter_id and a.outcome = 'applied') as applied,
      (select count(*)::int from register_entries r where r.letter_id = d.letter_id)
        + (select count(*)::int from messages m where m.letter_id = d.letter_id)
        + (select count(*)::int from audit_entries e where e.letter_id = d.letter_id
           and e.action in ('approved', 'rejected', 'returned', 'withdrawn')) as effects,
      (select count(*)::int from audit_entries e where e.letter_id = d.letter_id
       and e.action = 'undone' and e.details ->> 'decisionId' = d.id::text) as noted
    from decisions d where d.outcome = 'undone'`;
  const { told } = await readGateway(evidence);
  const breaks: string[] = [];
  const recorded = new Set(rows.map(({ id }) => id));
  const said = linesOf(lines, 'undo');
  for (const { decisionId, told: how } of said)
    if (recorded.has(decisionId) !== (how === 'undone'))
      breaks.push(`decision ${decisionId} was told to be ${how}, the record says otherwise`);
  for (const { id, letter_id: letterId, applied, effects, noted } of rows) {
    if (!said.some(({ decisionId }) => decisionId === id))
      breaks.push(`decision ${id} is taken back, and nobody asked for it`);
    if (noted !== 1) breaks.push(`decision ${id} is taken back, with ${noted} audit entries of it`);
    const isTold = [...told.values()].some((outcome) => outcome.letterId === letterId);
    if (applied === 0 && (effects > 0 || isTold))
      breaks.push(`letter ${letterId}, whose only decision was taken back, has an outcome`);
  }
  return { breaks, looked: `${rows.length} decisions taken back, ${said.length} tries` };
};

/** Each round but the last was ended by one return, of whose two sides the audit trail tells. */
const roundsBroken = (
  { id, status, round }: LetterRow,
  { returned, told, noted }: { returned: { round: number }[]; told: number; noted: string[] },
): string[] => {
  const breaks: string[] = [];
  const rounds = returned.map((row) => row.round).toSorted((a, b) => a - b);
  // One that is withdrawn may have been returned in its last round, or not.
  const last = status === 'returned' || (status === 'withdrawn' && rounds.length === round);
  const wanted = Array.from({ length: last ? round : round - 1 }, (_, index) => index + 1);
  if (rounds.join() !== wanted.join())
    breaks.push(
      `letter ${id} is ${status} in round ${round}, and was returned in ${rounds.join()}`,
    );
  if (told !== rounds.length)
    breaks.push(
      `letter ${id} was returned ${rounds.length} times, and that was told ${told} times`,
    );
  const count = (action: string): number => noted.filter((one) => one === action).length;
  if (count('returned') !== rounds.length || count('resubmitted') !== round - 1)
    breaks.push(
      `letter ${id} is in round ${round} and has ${count('returned')} entries of a return, ${count('resubmitted')} of a correction`,
    );
  return breaks;
};

/** Computed again from the rows, each letter's entries being a chain of their own. */
const auditChain = async ({ sql }: Stage): Promise<Looked> => {
  const rows = await sql<
    {
      letter_id: string | null;
      letter_seq: number;
      hash: string;
      prev_hash: string;
      said: unknown[];
      details: string;
    }[]
  >`
    select letter_id, letter_seq, hash, prev_hash, details::text as details,
      jsonb_build_array(prev_hash, letter_id, letter_seq,
        to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        actor_kind, actor, action, from_hash, dedup_key) as said
    from audit_entries order by letter_id, letter_seq`;
  const breaks: string[] = [];
  let before: (typeof rows)[number] | undefined;
  for (const row of rows) {
    const first = before?.letter_id !== row.letter_id;
    const follows = first ? '0'.repeat(64) : before?.hash;
    const parts = [...row.said, sha256(row.details)].map((part) => JSON.stringify(part));
    if (
      row.prev_hash !== follows ||
      row.letter_seq !== (first ? 1 : (before?.letter_seq ?? 0) + 1) ||
      row.hash !== sha256(`[${parts.join(', ')}]`)
    )
      breaks.push(`audit entry ${row.letter_seq} of ${row.letter_id} breaks its chain`);
    before = row;
  }
  return { breaks, looked: `${rows.length} audit entries chained` };
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The desk's own verifier, where there is one, agrees. */
const deskVerifies = async (
  stage: Stage,
  command: string,
): Promise<{ problem?: string; said: string }> => {
  if (!(await hasCommand(stage, command))) return { said: `no ${command} here` };
  const { code, stdout, stderr } = await stage.command(command);
  const last = `${stdout}${stderr}`.trim().split('\n').at(-1) ?? '';
  return code === 0 ? { said: `${command} agrees` } : { problem: `${command}: ${last}`, said: '' };
};

export const hasCommand = async (stage: Stage, command: string): Promise<boolean> => {
  const { stdout } = await stage.command('help');
  return stdout.split('\n').some((line) => line.trim().split(' ')[0] === command);
};

const filesMatch = async ({ stage }: Evidence): Promise<Looked> => {
  const rows = await stage.sql<{ storage_key: string; sha256: string; letter_id: string }[]>`
    select storage_key, sha256, letter_id from files`;
  const stored = await (await openSealedRecord(stage)).fileHashes();
  const breaks = rows
    .filter((row) => stored.get(row.storage_key) !== row.sha256)
    .map((row) => `letter ${row.letter_id}: file ${row.storage_key} is not there, or another one`);
  const previews = await stage.sql<{ storage_key: string }[]>`
    select storage_key from preview_pages`;
  const named = new Set([...rows, ...previews].map((row) => row.storage_key));
  const orphans = [...stored.keys()].filter((key) => !named.has(key));
  const left = `${orphans.length} left by cut requests, all younger than an hour`;
  return { breaks, looked: `${rows.length} files; ${left}` };
};

/** How many files lie in the store. */
export const countFiles = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
};

const MOBILE = /(?:\+98|0098|\b0)9\d{9}\b/;

const logsClean = async ({ stage, lines }: Evidence): Promise<Looked> => {
  const breaks: string[] = [];
  const signedIn = linesOf(lines, 'signed-in');
  const secrets = new Map<string, string>();
  for (const { mobile, token } of signedIn) {
    secrets.set(token, 'a session token');
    if (mobile.startsWith('0')) secrets.set(mobile.slice(1), 'a mobile number');
  }
  for (const { subject } of [...linesOf(lines, 'sent'), ...linesOf(lines, 'correcting')])
    secrets.set(subject, 'a subject');
  for (const { reason } of linesOf(lines, 'decision'))
    if (reason) secrets.set(reason, 'a reason for rejection');
  const codes = new Set(
    stage.gateway.received.flatMap((sms) =>
      sms.kind === 'code' ? (/#(\d{6})\s*$/.exec(sms.text)?.[1] ?? []) : [],
    ),
  );
  const folder = path.join(stage.dataDir, 'logs');
  const logs = await Promise.all(
    (await readdir(folder)).map(async (name) => ({
      name,
      text: await readFile(path.join(folder, name), 'utf8'),
    })),
  );
  logs.push({ name: 'console', text: stage.desk.output() });
  let bytes = 0;
  for (const { name, text } of logs) {
    bytes += text.length;
    for (const [secret, what] of secrets)
      if (text.includes(secret)) breaks.push(`${what} stands in ${name}`);
    for (const line of text.split('\n')) {
      // The welcome text shows how a mobile number is typed.
      const mobile = MOBILE.exec(line.replace('09123456789', ''));
      if (mobile) breaks.push(`a mobile number stands in ${name}: ${line.slice(0, 200)}`);
      // Not part of an id, a time or a longer number.
      for (const [code] of line.matchAll(/(?<![\w.:-])\d{6}(?![\w.:-])/g))
        if (codes.has(code)) breaks.push(`a sign-in code stands in ${name}: ${line.slice(0, 200)}`);
      if (/"status":500\b/.test(line)) breaks.push(`${name}: ${line.slice(0, 300)}`);
    }
  }
  // A killed process was ended by a signal; one with an exit code has ended by a fault of its own.
  for (const [died] of stage.desk.output().matchAll(/^(web|worker) ended with exit code.*$/gm))
    breaks.push(`${died}: see ${folder}`);
  return { breaks, looked: `${logs.length} logs, ${Math.round(bytes / 1000)} kB` };
};

const databaseSound = async ({ stage }: Evidence): Promise<Looked> => {
  const { sql } = stage;
  const available = await sql`select 1 from pg_available_extensions where name = 'amcheck'`;
  if (available.length === 0)
    return { breaks: [], looked: '', notRun: 'the server has no amcheck' };
  await sql`create extension if not exists amcheck`;
  const breaks: string[] = [];
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relkind in ('r', 't') and c.relpersistence = 'p'`;
  for (const { name } of tables) {
    const damage = await sql<{ msg: string }[]>`
      select msg from verify_heapam(${name}::regclass)`;
    for (const { msg } of damage) breaks.push(`${name}: ${msg}`);
  }
  const indexes = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
    where a.amname = 'btree' and i.indisvalid and c.relpersistence = 'p'`;
  for (const { name } of indexes)
    await sql`select bt_index_check(${name}::regclass, true)`.catch((error: unknown) =>
      breaks.push(`${name}: ${String(error)}`),
    );
  const [sums] = await sql<{ state: string; failures: number }[]>`
    select current_setting('data_checksums') as state,
      coalesce(sum(checksum_failures), 0)::int as failures from pg_stat_database`;
  if (sums && sums.failures > 0) breaks.push(`${sums.failures} pages with a wrong checksum`);
  return {
    breaks,
    looked: `${tables.length} tables, ${indexes.length} indexes; checksums ${sums?.state}`,
  };
};

/** Tables that a running desk touches by itself; previews can be made again from the files. */
const RESTLESS = new Set(['process_heartbeats', 'sessions', 'previews', 'preview_pages']);

/** One hash over all rows of each table. */
const recordHashes = async ({ sql }: Stage): Promise<Map<string, string>> => {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`;
  const hashes = new Map<string, string>();
  for (const { name } of tables) {
    if (RESTLESS.has(name)) continue;
    const [row] = await sql<{ hash: string | null }[]>`
      select md5(string_agg(t::text, '|' order by t::text)) as hash from ${sql(name)} t`;
    hashes.set(name, row?.hash ?? '');
  }
  return hashes;
};

const reconcileIdle = async ({ stage }: Evidence): Promise<Looked> => {
  if (!(await hasCommand(stage, 'reconcile')))
    return { breaks: [], looked: '', notRun: 'there is no command reconcile' };
  const state = async (): Promise<{ record: Map<string, string>; running: string }> => ({
    record: await recordHashes(stage),
    running: (await runningWorkflows(stage)).toSorted().join(),
  });
  const breaks: string[] = [];
  let before = await state();
  for (const time of ['first', 'second']) {
    const { code, stdout, stderr } = await stage.command('reconcile');
    if (code !== 0) breaks.push(`reconcile failed: ${`${stdout}${stderr}`.trim().slice(-300)}`);
    await untilSettled(stage, 60_000);
    const after = await state();
    for (const [name, hash] of after.record)
      if (before.record.get(name) !== hash)
        breaks.push(`the ${time} reconcile changed the table ${name}`);
    if (after.running !== before.running)
      breaks.push(`the ${time} reconcile changed which workflows run`);
    before = after;
  }
  return { breaks, looked: 'run twice, nothing changed' };
};

/** Waits until nothing is under way. What is left when the time is over; empty: nothing. */
export const untilSettled = async (stage: Stage, withinMs: number): Promise<string[]> => {
  const end = Date.now() + withinMs;
  for (;;) {
    stage.signal.throwIfAborted();
    const left = await findUnsettled(stage).catch(() => ['the database is away']);
    if (left.length === 0 || Date.now() > end) return left;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
};
