import type { AuditAction } from '../../../platform/audit/audit-action.ts';
import type { Db, Tx } from '../../../platform/base/database.ts';
import { countWaitingFiles } from '../../../platform/files/file-scans.sql.ts';
import { findLastBackup, findOutgoingHold } from '../../../platform/messages/held-messages.sql.ts';
import { outboxBacklog } from '../../../desk/letters/outbox.sql.ts';
import {
  countTypedCodes,
  listAttention,
  listStuckActions,
  listStuckDecisions,
  listStuckMessages,
  listStuckOutbox,
  listStuckScans,
  listUnevenRegisters,
  registerYears,
} from '../stuck-work.sql.ts';
import type { StuckRow } from '../stuck-work.sql.ts';
import { countOpenDeliveries } from '../../integrations/webhooks.sql.ts';

type About = 'letter' | 'code';

const REFUSALS = [
  'sign_in_refused',
  'confirmation_refused',
  'staff_sign_in_refused',
  'staff_confirmation_refused',
] as const satisfies readonly AuditAction[];

type RefusalAction = (typeof REFUSALS)[number];

export interface RecordMetrics {
  letters: { status: string; step: string | null; count: number }[];
  oldestPendingSeconds: number | null;
  lastDecisionSeconds: number | null;
  outbox: { rows: number; oldest: number };
  /** Of the last 24 hours. `delivery` is `unknown` without a delivery report. */
  messages: { about: About; state: string; delivery: string; count: number }[];
  unsent: { about: About; count: number; oldest: number }[];
  registers: { register: string; entries: number; even: boolean }[];
  stuck: Record<
    'engine' | 'attention' | 'message' | 'decision' | 'unit_action' | 'file_scan' | 'register',
    number
  >;
  codes: { sent: number; typed: number };
  refusals: { action: RefusalAction; count: number }[];
  waitingFiles: { files: number; oldest: Date | null };
  waitingPreviews: number;
  webhooks: { waiting: number; givenUp: number };
  heldSeconds: number | null;
  lastBackup: Date | null;
  // Register `audit` is the audit trail.
  checkpoints: { register: string; ageSeconds: number; unposted: number }[];
  workers: { alive: number; newestBeatSeconds: number | null };
  connections: { program: string; state: string; count: number }[];
}

export const readRecordMetrics = (
  db: Db,
  { timeoutMs, aliveSeconds }: { timeoutMs: number; aliveSeconds: number },
): Promise<RecordMetrics> =>
  db.begin('read only', async (tx) => {
    await tx`select set_config('statement_timeout', ${`${timeoutMs}ms`}, true)`;
    const pending = await agesOfWork(tx);
    const { sent, typed } = await countTypedCodes(tx);
    const hold = await findOutgoingHold(tx);
    const backup = await findLastBackup(tx);
    return {
      letters: await countLetters(tx),
      ...pending,
      outbox: await outboxBacklog(tx),
      messages: await recentMessages(tx),
      unsent: await unsentMessages(tx),
      registers: await registerEntries(tx),
      stuck: {
        engine: totalOf(await listStuckOutbox(tx, 1)),
        attention: totalOf(await listAttention(tx, 1)),
        message: totalOf(await listStuckMessages(tx, 1)),
        decision: totalOf(await listStuckDecisions(tx, 1)),
        unit_action: totalOf(await listStuckActions(tx, 1)),
        file_scan: totalOf(await listStuckScans(tx, 1)),
        register: totalOf(await listUnevenRegisters(tx)),
      },
      codes: { sent, typed },
      refusals: await recentRefusals(tx),
      waitingFiles: await countWaitingFiles(tx),
      waitingPreviews: await countOpenPreviews(tx),
      webhooks: await countOpenDeliveries(tx),
      heldSeconds: hold?.seconds ?? null,
      lastBackup: backup?.at ?? null,
      checkpoints: await newestCheckpoints(tx),
      workers: await workerBeats(tx, aliveSeconds),
      connections: await openConnections(tx),
    };
  });

const countLetters = (tx: Tx): Promise<RecordMetrics['letters']> => {
  const step = tx`case when queue in ('with_unit', 'answered', 'closed') then queue end`;
  return tx<RecordMetrics['letters']>`
    select case when ${step} is null then queue else 'approved' end as status, ${step} as step,
      sum(letters)::int as count
    from letter_tallies group by queue having sum(letters) > 0`;
};

const totalOf = (rows: StuckRow[]): number => rows[0]?.total ?? 0;

const agesOfWork = async (
  tx: Tx,
): Promise<Pick<RecordMetrics, 'oldestPendingSeconds' | 'lastDecisionSeconds'>> => {
  // Uses the index on audit actions: decisions have no index on their time.
  const [row] = await tx<Pick<RecordMetrics, 'oldestPendingSeconds' | 'lastDecisionSeconds'>[]>`
    select
      (select extract(epoch from now() - min(submitted_at))::float8 from letters
       where status = 'pending') as oldest_pending_seconds,
      (select extract(epoch from now() - max(newest.at))::float8
       from unnest(array['approved', 'rejected', 'returned']) as decided(action),
         lateral (select at from audit_entries a where a.action = decided.action
                  order by id desc limit 1) newest) as last_decision_seconds`;
  return row ?? { oldestPendingSeconds: null, lastDecisionSeconds: null };
};

const about = (tx: Tx) => tx`case when letter_id is null then 'code' else 'letter' end as about`;

const recentMessages = (tx: Tx): Promise<RecordMetrics['messages']> =>
  tx<RecordMetrics['messages']>`
    select ${about(tx)}, state, coalesce(delivery, 'unknown') as delivery, count(*)::int as count
    from messages where created_at > now() - interval '24 hours'
    group by 1, 2, 3`;

// Each half uses its own index.
const unsentMessages = (tx: Tx): Promise<RecordMetrics['unsent']> =>
  tx<RecordMetrics['unsent']>`
    select 'letter' as about, count(*)::int as count,
      coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest
    from messages where letter_id is not null and state <> 'sent'
    union all
    select 'code', count(*)::int,
      coalesce(extract(epoch from now() - min(created_at)), 0)::float8
    from messages where letter_id is null and state in ('pending', 'sending')`;

const registerEntries = (tx: Tx): Promise<RecordMetrics['registers']> =>
  tx<RecordMetrics['registers']>`
    select r.id as register, coalesce(sum(y.count), 0)::int as entries,
      coalesce(bool_and(coalesce(y.even, false)) filter (where y.register is not null), true) as even
    from registers r left join (${registerYears(tx)}) y on y.register = r.id
    group by r.id`;

const recentRefusals = (tx: Tx): Promise<RecordMetrics['refusals']> =>
  tx<RecordMetrics['refusals']>`
    select known.action, count(e.id)::int as count
    from unnest(${[...REFUSALS]}::text[]) as known(action)
      left join audit_entries e on e.action = known.action and e.at > now() - interval '1 hour'
    group by 1`;

const countOpenPreviews = async (tx: Tx): Promise<number> => {
  const [row] = await tx<{ count: number }[]>`
    select count(*)::int as count from previews where made_at is null and failed_at is null`;
  return row?.count ?? 0;
};

const newestCheckpoints = (tx: Tx): Promise<RecordMetrics['checkpoints']> =>
  tx<RecordMetrics['checkpoints']>`
    select register, extract(epoch from now() - max(published_at))::float8 as age_seconds,
      (count(*) filter (
        where posted_at is null and published_at > now() - interval '30 days'))::int as unposted
    from register_heads group by register`;

const workerBeats = async (tx: Tx, aliveSeconds: number): Promise<RecordMetrics['workers']> => {
  const [row] = await tx<RecordMetrics['workers'][]>`
    select (count(*) filter (where at > now() - make_interval(secs => ${aliveSeconds})))::int as alive,
      extract(epoch from now() - max(at))::float8 as newest_beat_seconds
    from process_heartbeats where role = 'worker'`;
  return row ?? { alive: 0, newestBeatSeconds: null };
};

const openConnections = (tx: Tx): Promise<RecordMetrics['connections']> =>
  tx<RecordMetrics['connections']>`
    select
      case when application_name in ('pishkhan web', 'pishkhan worker', 'pishkhan desk')
        then substr(application_name, 10) else 'other' end as program,
      case when state = 'active' then 'active' when state = 'idle' then 'idle'
        when state like 'idle in transaction%' then 'in_transaction' else 'other' end as state,
      count(*)::int as count
    from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
    group by 1, 2`;
