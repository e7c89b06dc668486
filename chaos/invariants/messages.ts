import { standsBeside } from '../fault-log.ts';
import { linesOf } from '../ledger.ts';
import type { Stage } from '../stage.ts';
import type { Evidence, Looked } from './evidence.ts';

interface Told {
  letterId: string;
  outcome: string;
  keys: Map<string, Date[]>;
}

/** From the texts that phones got, to letters; what names no letter of the record comes apart. */
export const readGateway = async ({
  stage,
  lines,
  letters,
}: Evidence): Promise<{ told: Map<string, Told>; strange: string[] }> => {
  const byNumber = new Map([...letters.values()].map((row) => [row.letter_number, row]));
  const rejections = linesOf(lines, 'decision').filter(({ kind }) => kind === 'reject');
  const returns = linesOf(lines, 'decision').filter(({ kind }) => kind === 'return');
  const reopened = await stage.sql<{ id: string; letter_id: string }[]>`
    select id, letter_id from messages where kind = 'reopened'`;
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
    // Its text names no letter.
    const objected = reopened.find(({ id }) => id === sms.idempotencyKey);
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
      const { letterId, reason } = rejected;
      const letter = letters.get(letterId);
      if (letter?.status !== 'rejected' && !letter?.objection)
        strange.push(`letter ${letterId} was told to be rejected and is not`);
      add(letterId, `rejected ${reason}`, sms.idempotencyKey, sms.at);
    } else if (sms.kind === 'returned' && returned) {
      add(returned.letterId, `returned ${returned.reason}`, sms.idempotencyKey, sms.at);
    } else if (sms.kind === 'question' && row) {
      add(row.id, `question ${sms.idempotencyKey}`, sms.idempotencyKey, sms.at);
    } else if (sms.kind === 'reopened' && objected) {
      add(objected.letter_id, 'reopened', sms.idempotencyKey, sms.at);
    } else strange.push(`an SMS «${sms.kind}» names ${sms.params.letterNumber ?? 'no letter'}`);
  }
  return { told, strange };
};

interface OutcomesRow {
  letter_id: string;
  reply: number;
  question: number;
  returned: number;
  rejected: number;
  reopened: number;
}

export const toldOnce = async (evidence: Evidence): Promise<Looked> => {
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
    if (status === 'approved' && !told.has(`${id} approved`))
      breaks.push(`letter ${id} is approved and nobody was told`);
  const counted = await stage.sql<OutcomesRow[]>`
    select l.id as letter_id,
      (select count(*)::int from unit_actions a
       where a.letter_id = l.id and a.kind = 'reply' and a.outcome = 'applied') as reply,
      (select count(*)::int from unit_actions a
       where a.letter_id = l.id and a.kind = 'ask' and a.outcome = 'applied') as question,
      (select count(*)::int from decisions d
       where d.letter_id = l.id and d.kind = 'return' and d.outcome = 'applied') as returned,
      (select count(*)::int from decisions d
       where d.letter_id = l.id and d.kind = 'reject' and d.outcome = 'applied') as rejected,
      (l.objection is not null)::int as reopened
    from letters l`;
  const smsOf = (id: string, outcome: string): number =>
    [...told.keys()].filter((name) => name.startsWith(`${id} ${outcome}`)).length;
  for (const { letter_id: id, ...outcomes } of counted)
    for (const [outcome, times] of Object.entries(outcomes)) {
      const sent = smsOf(id, outcome);
      if (sent !== times)
        breaks.push(`letter ${id}: «${outcome}» stands ${times} times, with ${sent} SMS of it`);
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

export const toldTruth = async (evidence: Evidence): Promise<Looked> => {
  const { strange } = await readGateway(evidence);
  const taken = evidence.stage.gateway.received.filter((sms) => sms.taken && sms.kind !== 'code');
  return { breaks: strange, looked: `${taken.length} SMS taken by the gateway` };
};
