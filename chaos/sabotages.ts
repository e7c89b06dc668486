/**
 * Twenty ways to build the desk wrong, each as small changes to its source, and what must notice.
 * A change whose text is not found exactly once is an error: the alarm would be tried on a desk
 * that is in order.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ProbeName } from './probes.ts';

export interface Patch {
  /** From the root of the source. */
  file: string;
  find: string;
  replace: string;
}

export interface Sabotage {
  name: string;
  patches: Patch[];
  probe: ProbeName;
  /** Any of these is the right alarm. */
  caughtBy: string[];
}

export const SABOTAGES: readonly Sabotage[] = [
  {
    name: 'sequence instead of counter',
    probe: 'aborted approval',
    caughtBy: ['I3'],
    patches: [
      {
        file: 'src/platform/base/migrations/0001_initial.sql',
        find: '-- Last serial given, per register and Jalali year.',
        replace: 'create sequence sabotaged_serial;\n-- Last serial given.',
      },
      {
        file: 'src/desk/register/register.sql.ts',
        find: 'const serial = counter.lastSerial;',
        replace:
          "const [drawn] = await tx<{ serial: number }[]>`select nextval('sabotaged_serial')::int as serial`;\n  const serial = drawn?.serial ?? 0;",
      },
    ],
  },
  {
    name: 'SMS before commit',
    probe: 'aborted approval',
    caughtBy: ['I6'],
    patches: [
      {
        file: 'src/desk/letters/record-decision.ts',
        find: "  await addAuditEntry(tx, {\n    letterId: letter.id,\n    actor,\n    action: 'approved',",
        replace: `  const [early] = await tx<{ id: string }[]>\`
    select id from messages where letter_id = \${letter.id}\`;
  await fetch((process.env.SMS_URL ?? '').replace('webhook+', ''), {
    method: 'POST',
    headers: { 'idempotency-key': early?.id ?? '' },
    body: JSON.stringify({
      ...early,
      to: letter.mobile,
      kind: 'approved',
      text: await writeSms({ config }, tx, 'approved', params),
      params,
    }),
  });
  await addAuditEntry(tx, {
    letterId: letter.id,
    actor,
    action: 'approved',`,
      },
    ],
  },
  {
    name: 'answer before commit',
    probe: 'late commit',
    caughtBy: ['I1'],
    patches: [
      {
        file: 'src/desk/letters/submit-letter.ts',
        find: 'const added = await beginInTime(',
        replace: 'const added = { replaced: undefined };\n  const later = beginInTime(',
      },
      {
        file: 'src/desk/letters/submit-letter.ts',
        find: '  if (added) {',
        replace: '  later.catch(() => {});\n  if (added) {',
      },
    ],
  },
  {
    name: 'no idempotency key',
    probe: 'delivered again',
    caughtBy: ['I5'],
    patches: [
      {
        file: 'src/platform/messages/webhook-gateway.ts',
        find: 'async send({ id, to, kind, text, params }) {',
        replace: 'async send({ to, kind, text, params }) {\n      const id = crypto.randomUUID();',
      },
    ],
  },
  {
    name: 'ownership clause dropped',
    probe: 'stranger',
    caughtBy: ['ownership'],
    patches: [
      {
        file: 'src/desk/letters/letter-access.ts',
        find: "if (row?.applicantId !== applicantId) throw new DomainError('not_found');",
        replace: "if (!row) throw new DomainError('not_found');",
      },
    ],
  },
  {
    name: 'file written without fsync',
    probe: 'flush order',
    caughtBy: ['flush'],
    patches: [
      {
        file: 'src/platform/files/store-folder.ts',
        find: '    await file.sync();\n',
        replace: '',
      },
    ],
  },
  {
    name: 'attempts not counted atomically',
    probe: 'parallel guesses',
    caughtBy: ['attempts'],
    patches: [
      {
        file: 'src/desk/applicants/sign-in.sql.ts',
        find: `  const [row] = await db<{ id: string; mobile: string }[]>\`
    update sign_in_challenges set attempts = attempts + 1
    where token_hash = \${tokenHash} and attempts < \${tries} and used_at is null`,
        replace: `  const [seen] = await db<{ attempts: number }[]>\`
    select attempts from sign_in_challenges where token_hash = \${tokenHash}\`;
  if (!seen || seen.attempts >= tries) return undefined;
  const [row] = await db<{ id: string; mobile: string }[]>\`
    update sign_in_challenges set attempts = \${seen.attempts + 1}
    where token_hash = \${tokenHash} and used_at is null`,
      },
    ],
  },
  {
    name: 'captcha not consumed',
    probe: 'captcha twice',
    caughtBy: ['captcha'],
    patches: [
      {
        file: 'src/desk/applicants/sign-in.sql.ts',
        find: 'on conflict (id) do nothing returning id`;\n  return rows.length === 1;',
        replace: 'on conflict (id) do nothing returning id`;\n  return rows.length <= 1;',
      },
    ],
  },
  {
    name: 'approve without compare-and-set',
    probe: 'two deciders',
    caughtBy: ['I8'],
    patches: [
      {
        file: 'src/desk/letters/decide-letter.ts',
        find: 'if (standing) throw alreadyDecided(standing);',
        replace: '',
      },
      {
        file: 'src/desk/letters/decide-letter.ts',
        find: "if (letter.status !== 'pending') throw new DomainError('not_open');",
        replace: '',
      },
      {
        file: 'src/desk/letters/decisions.sql.ts',
        find: "then 'applied' else 'superseded' end,",
        replace: "then 'applied' end,",
      },
      {
        file: 'src/platform/base/migrations/0001_initial.sql',
        find: 'create unique index decisions_open_key on decisions (letter_id) where outcome is null;',
        replace: '',
      },
    ],
  },
  {
    name: 'undo not looked at',
    probe: 'taken back',
    caughtBy: ['I13'],
    patches: [
      {
        file: 'src/desk/letters/record-decision.ts',
        find: "if (row?.outcome === 'applied' || row?.outcome === 'undone')",
        replace: "if (row?.outcome === 'applied')",
      },
      {
        file: 'src/desk/letters/record-decision.ts',
        find: 'row.kind !== kind || row.outcome))',
        replace: 'row.kind !== kind))',
      },
    ],
  },
  {
    name: 'own rejection decided again',
    probe: 'objection',
    caughtBy: ['I14'],
    patches: [
      {
        file: 'src/desk/letters/conflict-of-interest.ts',
        find: 'objectedAt !== null && (await listRejectedBy(db, [id], by)).length > 0',
        replace: 'objectedAt === null && (await listRejectedBy(db, [id], by)).length > 0',
      },
    ],
  },
  {
    name: 'rungs forgotten',
    probe: 'rungs',
    caughtBy: ['I15'],
    patches: [
      {
        file: 'src/desk/letters/due-rungs.ts',
        find: 'rungs.filter(({ rung }) => !fired.includes(rung))',
        replace: "rungs.filter(({ rung }) => rung === 'reminded' && !fired.includes(rung))",
      },
    ],
  },
  {
    name: 'rungs early',
    probe: 'rungs',
    caughtBy: ['I15'],
    patches: [
      {
        file: 'src/desk/letters/deadline-ladder.ts',
        find: '.filter(({ dueAt }) => dueAt <= now)',
        replace: '',
      },
    ],
  },
  {
    name: 'note as progress',
    probe: 'internal texts',
    caughtBy: ['I16'],
    patches: [
      {
        file: 'src/desk/letters/record-unit-action.ts',
        find: "action: 'noted',\n      details: { unit: letter.unit, ...noteOf(action) },",
        replace:
          "action: 'updated',\n      details: { unit: letter.unit, text: action.internalNote?.reveal() ?? '' },",
      },
    ],
  },
  {
    name: 'note of a referral public',
    probe: 'internal texts',
    caughtBy: ['I16'],
    patches: [
      {
        file: 'src/platform/audit/audit-action.ts',
        find: "referred: ['unit'],",
        replace: "referred: ['unit', 'text'],",
      },
      {
        file: 'src/desk/letters/record-unit-action.ts',
        find: 'details: { unit: unit.name, from: letter.unit, ...noteOf(action) },',
        replace:
          "details: { unit: unit.name, from: letter.unit, text: action.internalNote?.reveal() ?? '' },",
      },
    ],
  },
  {
    name: 'bulk decision of another key',
    probe: 'bulk',
    caughtBy: ['I17'],
    patches: [
      {
        file: 'src/desk/letters/decide-in-bulk.ts',
        find: 'decisionKey: turn.decisionId,',
        replace: 'decisionKey: randomUUID(),',
      },
    ],
  },
  {
    name: 'bulk decision without its last letter',
    probe: 'bulk',
    caughtBy: ['I17'],
    patches: [
      {
        file: 'workflows/bulk.workflow.ts',
        find: 'for (const letterId of letterIds)',
        replace: 'for (const letterId of letterIds.slice(1))',
      },
    ],
  },
  {
    name: 'workflow id random',
    probe: 'ordinary life',
    caughtBy: ['I7'],
    patches: [
      {
        file: 'src/platform/engine/letter-engine.ts',
        find: '    workflowId: letterWorkflowId(input.letterId),',
        replace: '    workflowId: letterWorkflowId(crypto.randomUUID()),',
      },
    ],
  },
  {
    name: 'retry without limit',
    probe: 'final refusal',
    caughtBy: ['retry'],
    patches: [
      {
        file: 'src/platform/messages/webhook-gateway.ts',
        find: 'retryable: status >= 500 || RETRYABLE_STATUSES.has(status),',
        replace: 'retryable: true,',
      },
    ],
  },
  {
    name: 'audit chain not checked',
    probe: 'tampered audit',
    caughtBy: ['I8'],
    patches: [
      {
        file: 'src/desk/proof/verify-audit.ts',
        find: 'return { ok: problems.length === 0, entries, chains, problems, checkpoints: known.length };',
        replace: 'return { ok: true, entries, chains, problems: [], checkpoints: known.length };',
      },
    ],
  },
];

/** @throws when the text is not there exactly once */
export const applyPatch = (source: string, { file, find, replace }: Patch): string => {
  const found = source.split(find).length - 1;
  if (found !== 1)
    throw new Error(`${file}: the text to sabotage is there ${found} times: ${find}`);
  return source.replace(find, () => replace);
};

const LEFT_OUT = new Set(['node_modules', '.git', '.data', 'dist', 'pictures']);

/** A copy of the source with these changes; call `remove` when done. */
export const makeSabotagedTree = async (
  tree: string,
  patches: Patch[],
): Promise<{ tree: string; remove(): Promise<void> }> => {
  const copy = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-sabotaged-'));
  const remove = (): Promise<void> => rm(copy, { recursive: true, force: true });
  try {
    await cp(tree, copy, {
      recursive: true,
      filter: (source) => !LEFT_OUT.has(path.basename(source)),
    });
    await symlink(path.join(tree, 'node_modules'), path.join(copy, 'node_modules'), 'dir');
    for (const patch of patches) {
      const file = path.join(copy, patch.file);
      await writeFile(file, applyPatch(await readFile(file, 'utf8'), patch));
    }
    return { tree: copy, remove };
  } catch (error) {
    await remove();
    throw error;
  }
};
