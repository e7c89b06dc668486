import type { Stage } from '../stage.ts';
import { hasCommand } from './commands.ts';
import { countComing } from './ladder.ts';
import type { Evidence, LetterRow, Looked } from './evidence.ts';

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

export const nothingStuck = async ({ stage, letters }: Evidence): Promise<Looked> => {
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

export const reconcileIdle = async ({ stage }: Evidence): Promise<Looked> => {
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

/** Waits for the timers of the deadlines; what never fires is the invariants' to name. */
export const untilClimbed = async (stage: Stage, withinMs: number): Promise<void> => {
  const end = Date.now() + withinMs;
  while (Date.now() < end && (await countComing(stage).catch(() => 1)) > 0) {
    stage.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
};
