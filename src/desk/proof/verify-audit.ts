import { createHash } from 'node:crypto';
import {
  hashAuditEntry,
  listUntoldLetters,
  walkAuditChains,
} from '../../platform/audit/audit.sql.ts';
import type { ChainedAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { FIRST_PREV_HASH, listMissingGuards } from '../register/register.sql.ts';
import { walkAuditHashes } from '../register/register-checkpoints.sql.ts';
import { AUDIT_TRAIL } from '../register/register-checkpoint.ts';
import { readOneMoment, storedCheckpoints } from './verify-register.ts';
import type { KnownCheckpoint } from './verify-register.ts';

export interface AuditProblem {
  id: number | null;
  letterId: string | null;
  why: string;
}

export interface AuditReport {
  ok: boolean;
  entries: number;
  chains: number;
  problems: AuditProblem[];
  checkpoints: number;
}

const MAX_NAMED = 10;

/** @param checkpoints from outside the database; those of its own table are added */
export const verifyAudit = (
  db: Db,
  { checkpoints }: { checkpoints: KnownCheckpoint[] },
): Promise<AuditReport> =>
  readOneMoment(db, async (tx) => {
    const known = [...checkpoints, ...(await storedCheckpoints(tx))].filter(
      ({ register }) => register === AUDIT_TRAIL,
    );
    const { entries, chains, broken } = await checkChains(tx);
    const problems = [
      ...broken,
      ...(await checkCheckpoints(tx, known)),
      ...(await listUntoldLetters(tx, MAX_NAMED)).map(({ id, action }) => ({
        id: null,
        letterId: id,
        why: `the letter is in the record, and no entry says that it was ${action}`,
      })),
      ...(await listMissingGuards(tx))
        .filter((name) => name.startsWith('audit_'))
        .map((name) => ({ id: null, letterId: null, why: `the trigger ${name} is switched off` })),
    ];
    return { ok: problems.length === 0, entries, chains, problems, checkpoints: known.length };
  });

const checkChains = async (
  tx: Tx,
): Promise<{ entries: number; chains: number; broken: AuditProblem[] }> => {
  const broken: AuditProblem[] = [];
  let entries = 0;
  let chains = 0;
  let before: ChainedAuditEntry | undefined;
  let brokenChain = false;
  for await (const rows of walkAuditChains(tx))
    for (const entry of rows) {
      entries += 1;
      if (before === undefined || before.letterId !== entry.letterId) {
        chains += 1;
        brokenChain = false;
        before = undefined;
      }
      const why = brokenChain ? undefined : whyNotNext(before, entry);
      if (why) {
        brokenChain = true;
        broken.push({ id: entry.id, letterId: entry.letterId, why });
        broken.sort((a, b) => (a.id ?? 0) - (b.id ?? 0)).splice(MAX_NAMED);
      }
      before = entry;
    }
  return { entries, chains, broken };
};

const whyNotNext = (
  before: ChainedAuditEntry | undefined,
  entry: ChainedAuditEntry,
): string | undefined => {
  const wanted = (before?.letterSeq ?? 0) + 1;
  if (entry.letterSeq !== wanted) return `entry ${wanted} of its chain is missing before it`;
  if (entry.prevHash !== (before?.hash ?? FIRST_PREV_HASH))
    return 'it does not carry the hash of the entry before it';
  return hashAuditEntry(entry) === entry.hash
    ? undefined
    : 'its hash does not fit what it says: it was changed after it was written';
};

const checkCheckpoints = async (tx: Tx, known: KnownCheckpoint[]): Promise<AuditProblem[]> => {
  const checkpoints = known.toSorted((a, b) => a.serial - b.serial);
  const last = checkpoints.at(-1);
  if (!last) return [];
  const digest = createHash('sha256');
  const problems: AuditProblem[] = [];
  let next = 0;
  const compare = (through: number): void => {
    for (
      let checkpoint = checkpoints[next];
      checkpoint && checkpoint.serial < through;
      checkpoint = checkpoints[next]
    ) {
      next += 1;
      if (digest.copy().digest('hex') !== checkpoint.hash)
        problems.push({
          id: null,
          letterId: null,
          why: `the entries up to ${checkpoint.serial} are not those of the checkpoint published ${checkpoint.at} (${checkpoint.source}): one was changed, taken out or put in`,
        });
    }
  };
  for await (const rows of walkAuditHashes(tx, last.serial))
    for (const { id, hash } of rows) {
      compare(id);
      digest.update(hash);
    }
  compare(Infinity);
  return problems.slice(0, 1);
};
