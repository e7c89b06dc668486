import type { Recorded } from '../../../workflows/letter.contract.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { remindOfConsultations } from './consultations.ts';
import { addFiredRung } from './deadline-ladder.sql.ts';
import { readClocks } from './deadlines.sql.ts';
import { transactionTime } from './decisions.sql.ts';
import { openRungs, readRungs } from './due-rungs.ts';
import type { DueRung } from './due-rungs.ts';
import { lockLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { readRecorded, toLetterState } from './recorded.ts';
import { addLetterMails } from './staff-mails.sql.ts';

export const climbLadder = (deps: Deps, { letterId }: { letterId: string }): Promise<Recorded> =>
  deps.db.begin(async (tx) => {
    const row = await lockLetter(tx, letterId);
    const [clock] = await readClocks(tx, [letterId]);
    if (!row || !clock) throw new Error(`letter ${letterId} is not in the record`);
    const letter = { ...row, round: toLetterState(row).round };
    const now = await transactionTime(tx);
    const rungs = await readRungs(deps.config, tx, { letter, clock });
    for (const due of openRungs(rungs, letter, clock).filter(({ dueAt }) => dueAt <= now))
      await fire(tx, letter, due);
    await remindOfConsultations(tx, { config: deps.config, letter, now });
    return readRecorded(deps, tx, letterId);
  });

const fire = async (tx: Tx, letter: LetterRow, { rung, dueAt }: DueRung): Promise<void> => {
  const { id: letterId, round, unitId, unit } = letter;
  if (!(await addFiredRung(tx, { letterId, round, rung, unitId, dueAt }))) return;
  await addAuditEntry(tx, {
    letterId,
    actor: { kind: 'engine', id: 'workflow' },
    action: rung,
    details: { unit, round },
    dedupKey: `${letterId}:${rung}-${round}`,
  });
  await addLetterMails(tx, {
    kind: rung,
    letterId,
    unitId,
    audience: rung === 'escalated' ? 'charge' : 'unit',
    about: `${letterId}:${rung}-${round}`,
  });
};
