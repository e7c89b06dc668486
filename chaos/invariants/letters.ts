import { type LedgerLine, linesOf } from '../ledger.ts';
import { openSealedRecord } from '../sealed-record.ts';
import type { Evidence, Looked } from './evidence.ts';

export const promisesKept = async ({ stage, lines, letters }: Evidence): Promise<Looked> => {
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

export const nothingInvented = async ({ lines, letters }: Evidence): Promise<Looked> => {
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
    const objected = linesOf(lines, 'objected').filter(
      ({ letterId, told }) => letterId === id && told === 'accepted',
    ).length;
    if (round !== corrected + objected + 1)
      breaks.push(
        `letter ${id} was corrected ${corrected} times, objected to ${objected} times and is in round ${round}`,
      );
  }
  for (const { key, letterId } of linesOf(lines, 'promised'))
    if (seen.get(key) !== undefined && seen.get(key) !== letterId)
      breaks.push(`submission ${key} was promised as ${letterId} and is ${seen.get(key)}`);
  return { breaks, looked: `${letters.size} letters` };
};
