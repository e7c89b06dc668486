/** People, units and letters in every state on a site, made by the use cases and recorders themselves. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { publicText } from '../platform/base/audience.ts';
import type { DecisionKind } from '../desk/letters/letter.ts';
import type { StoredFile } from '../platform/files/stored-file.ts';
import { FilePool, PREVIEW_POOL } from '../platform/files/pool/file-pool.ts';
import type { ActOnLetter } from '../desk/letters/act-on-letter.ts';
import type { StaffMember } from '../desk/staff/staff-member.ts';
import { recordDecision } from '../desk/letters/record-decision.ts';
import { recordUnitAction } from '../desk/letters/record-unit-action.ts';
import { createTestLog } from './log-alarm.ts';
import { addTestApplicant, addTestStaff, addTestUnit, fileRow } from './letters.ts';
import { cookieOf, freshMobile } from './real-site.ts';
import type { RealSite } from './real-site.ts';
import { submitLetter } from '../desk/letters/submit-letter.ts';
import { resubmitLetter } from '../desk/letters/resubmit-letter.ts';
import { makeNextPreview } from '../desk/letters/make-previews.ts';
import { receiveFile } from '../platform/files/receive-file.ts';
import { withdrawLetter } from '../desk/letters/withdraw-letter.ts';
import { actOnLetter } from '../desk/letters/act-on-letter.ts';

export type LetterIs =
  | 'pending'
  | 'approved'
  | 'asked'
  | 'answered'
  | 'closed'
  | 'rejected'
  | 'returned'
  | 'corrected'
  | 'withdrawn';

export interface SiteApplicant {
  id: string;
  mobile: string;
  cookie: string;
}

export type SiteMember = StaffMember & { cookie: string };

export interface SiteLetter {
  id: string;
  unitId: string;
  sender: SiteApplicant;
}

interface LetterOptions {
  sender?: SiteApplicant;
  unitId?: string;
  subject?: string;
  senderName?: string;
  /** Left out: a row without content. */
  file?: StoredFile;
  /** Of a rejection or a return. */
  reason?: string;
  question?: string;
  reply?: { text?: string; file?: StoredFile };
}

export const createSiteLetters = (site: Pick<RealSite, 'deps'>) => {
  const { deps } = site;
  const { db } = deps;

  const addUnit = (name?: string): Promise<string> => addTestUnit(db, name);

  const addApplicant = async (): Promise<SiteApplicant> => {
    const mobile = freshMobile();
    const id = await addTestApplicant(db, mobile);
    return { id, mobile, cookie: await cookieOf(db, { applicantId: id }) };
  };

  /** Signed in, and has just proven who they are. */
  const addMember = async (
    role: StaffMember['role'],
    options: Omit<Parameters<typeof addTestStaff>[1], 'role'> = {},
  ): Promise<SiteMember> => {
    const member = await addTestStaff(db, { role, ...options });
    return { ...member, cookie: await cookieOf(db, { staffId: member.id, proven: true }) };
  };

  /** As the workflow does with what was decided; without that, with a decision of a reviewer. */
  const applyDecision = async (
    letterId: string,
    kind: DecisionKind = 'approve',
    reason = 'امضا ندارد',
  ): Promise<void> => {
    const [open] = await db<{ id: string; kind: DecisionKind }[]>`
      select id, kind from decisions where letter_id = ${letterId} and outcome is null`;
    const said = { by: 'مریم رضایی', decisionId: open?.id ?? randomUUID() };
    await recordDecision(deps, {
      letterId,
      decision: { kind: open?.kind ?? kind, reason, ...said },
    });
  };

  /** As the workflow does with what a unit has asked for. */
  const applyActions = async (letterId: string): Promise<void> => {
    const open = await db<{ id: string }[]>`
      select id from unit_actions where letter_id = ${letterId} and outcome is null
      order by acted_at`;
    for (const { id } of open) await recordUnitAction(deps, { letterId, actionId: id });
  };

  const act = async (
    { id: letterId, unitId }: SiteLetter,
    action: ActOnLetter['action'],
  ): Promise<void> => {
    const staff = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
    await actOnLetter(deps, { letterId, staff, action });
    await applyActions(letterId);
  };

  const steps: Record<
    Exclude<LetterIs, 'pending'>,
    (letter: SiteLetter, options: LetterOptions & { subject: string }) => Promise<void>
  > = {
    approved: ({ id }) => applyDecision(id),
    async asked(letter, { question = 'کدام پلاک؟' }) {
      await applyDecision(letter.id);
      await act(letter, { kind: 'ask', text: publicText(question) });
    },
    rejected: ({ id }, { reason }) => applyDecision(id, 'reject', reason),
    returned: ({ id }, { reason }) => applyDecision(id, 'return', reason),
    async corrected(letter, options) {
      await steps.returned(letter, options);
      const { id: letterId, unitId, sender } = letter;
      const draft = { round: 1, unitId, subject: options.subject, files: [] };
      await resubmitLetter(deps, { applicantId: sender.id, letterId, ...draft });
    },
    async answered(letter, { reply = {} }) {
      await applyDecision(letter.id);
      const { text = 'پاسخ', file = null } = reply;
      await act(letter, { kind: 'reply', text: publicText(text), file });
    },
    async closed(letter, options) {
      await steps.answered(letter, options);
      await act(letter, { kind: 'close', reason: null });
    },
    async withdrawn({ id: letterId, sender }) {
      await withdrawLetter(deps, { applicantId: sender.id, letterId });
      await applyDecision(letterId);
    },
  };

  const letterIn = async (is: LetterIs, options: LetterOptions = {}): Promise<SiteLetter> => {
    const {
      sender = await addApplicant(),
      unitId = await addUnit(),
      subject = 'درخواست بررسی صورت‌حساب',
      senderName = 'سارا احمدی',
      file = fileRow(),
    } = options;
    const { letterId: id } = await submitLetter(deps, {
      applicantId: sender.id,
      submissionKey: randomUUID(),
      senderName,
      unitId,
      subject,
      files: [file],
    });
    const letter = { id, unitId, sender };
    if (is !== 'pending') await steps[is](letter, { ...options, subject });
    return letter;
  };

  /** A file that went through the checks of an upload and lies in the store. */
  const storeFile = async ({
    name,
    bytes,
  }: {
    name: string;
    bytes: Buffer;
  }): Promise<StoredFile> => {
    const received = await receiveFile(deps, { stream: Readable.from([bytes]), fileName: name });
    if (!received.ok) throw new Error(received.problem);
    return received.file;
  };

  /**
   * As if it had come on Wednesday, 28 Aban 1404, after hours, and been back with its sender from
   * the end of the Sunday until that of the Monday. What has happened cannot be changed in the
   * trail, so this is told as of then.
   */
  const backdate = async (letterId: string): Promise<void> => {
    await db`
      update letters set submitted_at = '2025-11-19T17:00:00+03:30' where id = ${letterId}`;
    await db`
      insert into audit_entries (letter_id, at, actor_kind, actor, action) values
        (${letterId}, '2025-11-23T18:00:00+03:30', 'staff', 'test', 'returned'),
        (${letterId}, '2025-11-24T18:00:00+03:30', 'staff', 'test', 'resubmitted')`;
  };

  const drawPreviews = async (): Promise<void> => {
    await db`
      update previews set failed_at = now()
      where made_at is null and failed_at is null
        and file_id in (select id from files where sha256 = ${fileRow().sha256})`;
    const filePool = new FilePool(PREVIEW_POOL);
    const previewing = { ...deps, filePool, log: createTestLog('previews') };
    while (await makeNextPreview(previewing));
    filePool.close();
  };

  return {
    addUnit,
    addApplicant,
    addMember,
    letterIn,
    storeFile,
    act,
    applyDecision,
    applyActions,
    backdate,
    drawPreviews,
  };
};

export type SiteLetters = ReturnType<typeof createSiteLetters>;
