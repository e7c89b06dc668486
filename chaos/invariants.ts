/**
 * What must hold at the end of every run. Shares no code with the desk: it asks the database in
 * its own SQL, hashes the stored files, reads the gateway's log, the client's ledger, the engine's
 * visibility and the log files.
 */
import { codesUnique, numbersGapless } from './invariants/register.ts';
import { bulkIsItsLetters } from './invariants/bulk.ts';
import { decidedOnce, undoneHasNoEffect } from './invariants/decisions.ts';
import type { Evidence, LetterRow, Looked } from './invariants/evidence.ts';
import { internalStaysInside } from './invariants/internal-texts.ts';
import { rungsOnce } from './invariants/ladder.ts';
import { nothingInvented, promisesKept } from './invariants/letters.ts';
import { databaseSound, filesMatch, logsClean } from './invariants/machine.ts';
import { toldOnce, toldTruth } from './invariants/messages.ts';
import { objectionsHeard } from './invariants/objections.ts';
import { nothingStuck, reconcileIdle } from './invariants/rest.ts';
import { readLedger } from './ledger.ts';
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
  ['I14', 'an objection stands once, and others decide it', (one) => objectionsHeard(one)],
  ['I15', 'each rung of a deadline once, in order, not early', (one) => rungsOnce(one)],
  ['I16', 'no internal text outside', (one) => internalStaysInside(one)],
  ['I17', 'a bulk decision is the sum of its letters', (one) => bulkIsItsLetters(one)],
];

/** Once the desk has settled. A check that fails itself counts as broken. */
export const checkInvariants = async (
  stage: Stage,
  only?: readonly string[],
): Promise<Finding[]> => {
  const rows = await stage.sql<LetterRow[]>`
    select id, submission_key, status, step, subject, round, letter_number, tracking_code,
      needs_attention, objection
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
