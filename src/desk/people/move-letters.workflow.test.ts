/** Letters of an old number, on a real server: their processes tell both numbers what concerns them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { InternalText } from '../../platform/base/audience.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { openLetterDesk } from '../../testing/letter-desk.ts';
import type { LetterDesk } from '../../testing/letter-desk.ts';
import type { LetterWorker } from '../../testing/letter-worker.ts';
import { readMessages } from '../../testing/messages.ts';
import { freshMobile } from '../../testing/real-site.ts';
import { temporalAddress } from '../../testing/temporal.ts';
import { bundleWorkflows } from '../../testing/workflow-bundles.ts';
import { findApplicantRow } from '../applicants/sign-in.sql.ts';
import { decideLetter } from '../letters/decide-letter.ts';
import { decideMove, proposeMove } from './move-letters.ts';

let directory: string;
let database: TestDatabase;
let desk: LetterDesk;
let worker: LetterWorker;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'moves-'));
  const codePath = path.join(directory, 'workflows.js');
  await writeFile(codePath, await bundleWorkflows());
  database = await createTestDatabase();
  desk = await openLetterDesk({ address: temporalAddress(), databaseUrl: database.url });
  worker = await desk.startWorker({ codePath, options: {} });
}, 240_000);

afterAll(async () => {
  await worker?.stop();
  await desk?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

test('the old number is told of the move, and the new one of what happens after it', async () => {
  const { deps, db, applicantId: personId, reviewer, otherReviewer } = desk;
  const letterId = await desk.submit();
  const old = await findApplicantRow(db, personId);
  const mobile = freshMobile();
  const reason = new InternalText('کارت ملی دیده شد');
  await proposeMove(deps, { staff: { ...reviewer, proven: true }, personId, mobile, reason });
  const [move] = await db<{ id: string; to: string }[]>`
    select id, to_applicant_id as to from letter_moves`;
  const newOwner = { kind: 'applicant', id: move?.to ?? '' } as const;
  await addAuditEntry(db, { actor: newOwner, action: 'signed_in' });
  const end = { personId, moveId: move?.id ?? '', outcome: 'moved' as const };
  const second = { ...otherReviewer, proven: true };
  expect(await decideMove(deps, { staff: second, ...end })).toBe('ended');
  await desk.whenTold(letterId, 1);
  await decideLetter(deps, { letterId, staff: reviewer, decision: { kind: 'approve' } });
  await desk.whenTold(letterId, 2);
  const told = (await readMessages(db, { letterId })).map(({ kind, recipient }) => [
    kind,
    recipient,
  ]);
  expect(told).toEqual([
    ['moved', old?.mobile],
    ['approved', mobile],
  ]);
}, 120_000);
