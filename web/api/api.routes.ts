/**
 * The desk for other systems: JSON, by a key. Each operation is a use case of the staff desk, with the
 * same checks; no cookie is read. Described at `/api/openapi.json`.
 */
import { readLetterNumber } from '../../src/desk/register/letter-number.ts';
import { InternalText, publicText } from '../../src/platform/base/audience.ts';
import { FILE_TYPES } from '../../src/platform/files/stored-file.ts';
import { parseMobile } from '../../src/platform/base/mobile.ts';
import { cleanLine, cleanText } from '../../src/platform/base/text.ts';
import { formatTrackingCode, parseTrackingCode } from '../../src/desk/register/tracking-code.ts';
import type { ApiKey } from '../../src/operations/integrations/api-keys.ts';
import type { ActOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import type { DecideLetter } from '../../src/desk/letters/decide-letter.ts';
import type { DecisionOutcome } from '../../src/desk/letters/decision-outcome.ts';
import { listMembers } from '../../src/desk/administration/members.ts';
import { MAX_NAME_LENGTH } from '../../src/desk/administration/names.ts';
import type { AttachedFile, StoredFile } from '../../src/platform/files/stored-file.ts';
import type { z } from '@hono/zod-openapi';
import { sendFile } from '../http/download.ts';
import type { RouteDeps } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { fileProblemText } from '../portal/letter.form.ts';
import { methodsAt } from '../middleware/allowed-methods.ts';
import type { MakeView } from '../view.ts';
import { createOperations } from './operations.ts';
import type { Asked } from './operations.ts';
import { ApiProblem } from './problems.ts';
import type { ProblemKind } from './problems.ts';
import * as bodies from './bodies.ts';
import * as schemas from './schemas.ts';
import {
  keyAdministrator,
  listApiLetters,
  listApiRegister,
} from '../../src/operations/integrations/api.ts';
import { submitForSender } from '../../src/operations/integrations/submit-for-sender.ts';
import { shareHealth } from '../../src/operations/maintenance/health.ts';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';
import { getStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { readStaffFile } from '../../src/desk/letters/letter-files.ts';
import { decideLetter } from '../../src/desk/letters/decide-letter.ts';
import { actOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import {
  addUnit,
  listUnits,
  renameUnit,
  retireUnit,
  toUnit,
} from '../../src/desk/administration/units.ts';
import type { UnitResult } from '../../src/desk/administration/units.ts';

const at = (instant: Date): string => instant.toISOString();
const maybeAt = (instant: Date | null): string | null => instant && at(instant);

const factsOf = (letter: LetterSummary): z.input<typeof schemas.LetterFacts> => ({
  id: letter.id,
  status: letter.status,
  step: letter.step,
  round: letter.round,
  unit: { id: letter.unitId, name: letter.unit },
  submittedAt: at(letter.submittedAt),
  decidedAt: maybeAt(letter.decidedAt),
  returnedAt: maybeAt(letter.returnedAt),
  withdrawnAt: maybeAt(letter.withdrawnAt),
  letterNumber: letter.letterNumber,
  trackingCode: letter.trackingCode && formatTrackingCode(letter.trackingCode),
  registeredAt: maybeAt(letter.registeredAt),
  registeredOn: letter.registeredOn,
  annulled: letter.annulledAt !== null,
  replies: letter.replies,
  erased: letter.erasedAt !== null,
  damaged: letter.damaged ?? false,
});

const fileOf = (
  { name, type, bytes, sha256, scan = 'none' }: AttachedFile,
  href: string,
): z.input<typeof schemas.LetterFile> => ({
  name,
  mediaType: FILE_TYPES[type],
  bytes,
  sha256,
  scan,
  href,
});

const letterOf = (letter: StaffLetter): z.input<typeof schemas.Letter> => {
  const address = `/api/v1/letters/${letter.id}`;
  return {
    ...factsOf(letter),
    senderName: letter.senderName,
    mobile: letter.maskedMobile,
    subject: letter.subject,
    addressedUnit: letter.addressedUnit,
    rejectionReason: letter.rejectionReason,
    returnReason: letter.returnReason,
    objection: letter.objection,
    objectedAt: maybeAt(letter.objectedAt),
    objectionUntil: maybeAt(letter.objectionUntil),
    decidedBy: letter.decidedBy,
    openDecision: letter.openDecision && {
      kind: letter.openDecision.kind,
      by: letter.openDecision.by,
      at: at(letter.openDecision.at),
    },
    openActions: letter.openActions,
    deadline: letter.deadline
      ? { ...letter.deadline, dueAt: maybeAt(letter.deadline.dueAt) }
      : null,
    file: fileOf(letter.file, `${address}/file`),
    versions: letter.versions.map((version) => ({
      ...version,
      replacedAt: at(version.replacedAt),
      file: fileOf(version.file, `${address}/versions/${version.round}/file`),
    })),
    timeline: letter.timeline.map((entry) => ({
      action: entry.action,
      at: at(entry.at),
      ...entry.details,
    })),
    replyList: letter.replyList.map((reply) => ({
      number: reply.number,
      text: reply.text,
      at: at(reply.at),
      unit: reply.unit,
      file: reply.file && fileOf(reply.file, `${address}/replies/${reply.number}/file`),
    })),
  };
};

const outcomeOf = (result: DecisionOutcome): z.input<typeof schemas.Outcome> => ({
  outcome: result.outcome === 'applied' ? 'applied' : 'recorded',
  letter: result.outcome === 'applied' && result.letter ? factsOf(result.letter) : null,
});

const LETTERS = 'Letters';
const DECIDING = 'Decisions';
const WORKING = 'Work of a unit';
const ORGANISATION = 'Organisation';

const OF_FILE: ProblemKind[] = ['not_found', 'file_waiting', 'file_infected', 'erased', 'damaged'];
const OF_DECISION: ProblemKind[] = [
  'own_rejection',
  'not_found',
  'already_decided',
  'not_open',
  'unit_not_available',
  'file_waiting',
  'file_infected',
  'damaged',
];
const OF_ACTION: ProblemKind[] = ['not_found', 'not_open', 'unit_not_available', 'damaged'];

type AskedAny = Asked<unknown, unknown, unknown>;

export const createApiRoutes = (
  deps: RouteDeps,
  forms: FormReader,
  languages: { viewIn: MakeView; languages: string[] },
) => {
  const health = shareHealth(deps);
  const { site } = deps;
  const { api, read, send, write } = createOperations(deps, forms, languages);
  const most = site.api.page;
  const longest = site.limits.text;

  const invalid = ({ view }: AskedAny, parameter: string): ApiProblem =>
    new ApiProblem('invalid', { errors: [{ parameter, detail: view.text.api.fields.invalid }] });

  /** Without what does not show, as the forms of the desk take it. */
  const cleaned = ({ view }: AskedAny, name: string, text: string): string => {
    const clean = cleanText(text);
    if (clean !== '') return clean;
    const detail = view.text.api.fields.missing;
    throw new ApiProblem('invalid', { errors: [{ pointer: `#/${name}`, detail }] });
  };

  /** Undefined: none came. */
  const fileIn = ({ form, view }: AskedAny): StoredFile | undefined => {
    const received = form?.file;
    if (received === undefined || received.ok) return received?.file;
    if (received.problem === 'too_big') throw new ApiProblem('too_big');
    if (received.problem === 'too_many_checks') throw new DomainError('too_many');
    if (received.problem === 'busy') throw new DomainError('unavailable', { stored: 'no' });
    const detail = fileProblemText(view, received.problem);
    throw new ApiProblem('invalid', { errors: [{ pointer: '#/file', detail }] });
  };

  const by = ({ key, c }: AskedAny): { staff: ApiKey['staff']; from: string | undefined } => ({
    staff: key.staff,
    from: c.var.from,
  });

  read({
    path: '/v1/status',
    id: 'getStatus',
    summary: 'Is the desk well, and what may this key do?',
    tag: ORGANISATION,
    scope: 'read',
    answer: schemas.Status,
    async read({ key: { name, scope, unitId, expiresAt } }) {
      const { ready, parts } = await health();
      return { ready, parts, key: { name, scope, unitId, expiresAt: maybeAt(expiresAt) } };
    },
  });

  read({
    path: '/v1/letters',
    id: 'listLetters',
    summary: 'Letters in the order in which they were submitted, the oldest first',
    tag: LETTERS,
    scope: 'read',
    query: schemas.letterQuery(most),
    answer: schemas.LetterPage,
    async read(asked) {
      const { key, query } = asked;
      const { after, unit: unitId, status, step, register, limit } = query;
      const { number, trackingCode: code, mobile } = query;
      const letterNumbers = number === undefined ? undefined : readLetterNumber(number);
      const trackingCode = code === undefined ? undefined : parseTrackingCode(code);
      if (code !== undefined && !trackingCode) throw invalid(asked, 'trackingCode');
      if (mobile !== undefined && !parseMobile(mobile)) throw invalid(asked, 'mobile');
      const instant = (typed: string | undefined): Date | undefined =>
        typed === undefined ? undefined : new Date(typed);
      const { letters, more } = await listApiLetters(deps, {
        key,
        unitId,
        status,
        step,
        register,
        letterNumbers,
        trackingCode,
        mobile: mobile && parseMobile(mobile),
        submittedSince: instant(query.submittedSince),
        submittedUntil: instant(query.submittedUntil),
        registeredSince: instant(query.registeredSince),
        registeredUntil: instant(query.registeredUntil),
        ...(after !== undefined && { after }),
        limit,
      });
      const end = more ? letters.at(-1) : undefined;
      return { letters: letters.map(factsOf), next: end?.id ?? null };
    },
  });

  write({
    path: '/v1/letters',
    id: 'submitLetter',
    summary: 'Submit a letter for its sender, with the same checks as on the pages',
    tag: LETTERS,
    scope: 'decide',
    body: bodies.newLetterBody(site.limits),
    upload: ['senderName', 'mobile', 'unit', 'subject'],
    answer: schemas.SubmittedLetter,
    status: 201,
    problems: ['unit_not_available'],
    async act(asked) {
      const { key, c, body, actionKey } = asked;
      const file = fileIn(asked);
      const mobile = parseMobile(body.mobile);
      const wrong = (name: string, detail: string): ApiProblem =>
        new ApiProblem('invalid', { errors: [{ pointer: `#/${name}`, detail }] });
      if (!mobile) throw wrong('mobile', asked.view.text.api.fields.invalid);
      if (!file) throw wrong('file', asked.view.text.api.fields.missing);
      const { letterId } = await submitForSender(deps, {
        key,
        mobile,
        submissionKey: actionKey,
        senderName: cleaned(asked, 'senderName', cleanLine(body.senderName)),
        unitId: body.unit,
        subject: cleaned(asked, 'subject', cleanLine(body.subject)),
        file,
        from: c.var.from,
      });
      return { id: letterId, href: `/api/v1/letters/${letterId}` };
    },
  });

  read({
    path: '/v1/letters/{id}',
    id: 'getLetter',
    summary:
      'One letter with its timeline and its replies; that it was read is told in the audit trail',
    tag: LETTERS,
    scope: 'read',
    params: schemas.letterParams,
    answer: schemas.Letter,
    problems: ['not_found'],
    read: async (asked) =>
      letterOf(await getStaffLetter(deps, { letterId: asked.params.id, ...by(asked) })),
  });

  send({
    path: '/v1/letters/{id}/file',
    id: 'getLetterFile',
    summary: "The letter's file as it was sent",
    tag: LETTERS,
    scope: 'read',
    params: schemas.letterParams,
    problems: OF_FILE,
    send: async (asked) =>
      sendFile(asked.c, await readStaffFile(deps, { letterId: asked.params.id, ...by(asked) })),
  });

  send({
    path: '/v1/letters/{id}/versions/{round}/file',
    id: 'getLetterVersionFile',
    summary: "The letter's file of a round before the newest",
    tag: LETTERS,
    scope: 'read',
    params: schemas.versionParams,
    problems: OF_FILE,
    async send(asked) {
      const { id: letterId, round } = asked.params;
      return sendFile(asked.c, await readStaffFile(deps, { letterId, round, ...by(asked) }));
    },
  });

  send({
    path: '/v1/letters/{id}/replies/{number}/file',
    id: 'getReplyFile',
    summary: 'The file of a reply',
    tag: LETTERS,
    scope: 'read',
    params: schemas.replyParams,
    problems: OF_FILE,
    async send(asked) {
      const { id: letterId, number: replyNumber } = asked.params;
      return sendFile(asked.c, await readStaffFile(deps, { letterId, replyNumber, ...by(asked) }));
    },
  });

  read({
    path: '/v1/register-entries',
    id: 'listRegisterEntries',
    summary:
      'Entries of the registers with their hashes, in the order of the chains; not for a key of one unit',
    tag: ORGANISATION,
    scope: 'read',
    query: schemas.registerQuery(most),
    answer: schemas.RegisterPage,
    async read({ key, query }) {
      const { register, year, after, limit } = query;
      const { entries, more } = await listApiRegister(deps, {
        key,
        register,
        year,
        limit,
        ...(after && { after }),
      });
      const end = more ? entries.at(-1) : undefined;
      return {
        entries: entries.map((entry) => ({
          register: entry.register,
          year: entry.year,
          serial: entry.serial,
          number: entry.number,
          letterId: entry.letterId,
          registeredAt: at(entry.registeredAt),
          prevHash: entry.prevHash,
          hash: entry.hash,
        })),
        next: end ? [end.register, end.year, end.serial].join('.') : null,
      };
    },
  });

  read({
    path: '/v1/units',
    id: 'listUnits',
    summary: 'All units',
    tag: ORGANISATION,
    scope: 'read',
    answer: schemas.UnitList,
    read: async () => ({ units: await listUnits(deps) }),
  });

  const decide = async (
    asked: Asked<{ id: string }, unknown, { round?: number | undefined }>,
    decision: DecideLetter['decision'],
  ): Promise<z.input<typeof schemas.Outcome>> =>
    outcomeOf(
      await decideLetter(deps, {
        letterId: asked.params.id,
        decision,
        round: asked.body.round,
        decisionKey: asked.actionKey,
        ...by(asked),
      }),
    );

  write({
    path: '/v1/letters/{id}/approval',
    id: 'approveLetter',
    summary: 'Approve: the letter is registered and goes to the unit',
    tag: DECIDING,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.approvalBody,
    answer: schemas.Outcome,
    problems: OF_DECISION,
    act: (asked) => {
      const { unit: unitId } = asked.body;
      return decide(asked, { kind: 'approve', ...(unitId !== undefined && { unitId }) });
    },
  });
  write({
    path: '/v1/letters/{id}/rejection',
    id: 'rejectLetter',
    summary: 'Reject: the sender is told the reason',
    tag: DECIDING,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.reasonBody(longest),
    answer: schemas.Outcome,
    problems: OF_DECISION,
    act: async (asked) =>
      decide(asked, { kind: 'reject', reason: cleaned(asked, 'reason', asked.body.reason) }),
  });
  write({
    path: '/v1/letters/{id}/return',
    id: 'returnLetter',
    summary: 'Return: the sender is told what to correct',
    tag: DECIDING,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.reasonBody(longest),
    answer: schemas.Outcome,
    problems: OF_DECISION,
    act: async (asked) =>
      decide(asked, { kind: 'return', reason: cleaned(asked, 'reason', asked.body.reason) }),
  });

  const act = async (
    asked: Asked<{ id: string }, unknown, unknown>,
    action: ActOnLetter['action'],
  ): Promise<z.input<typeof schemas.Outcome>> =>
    outcomeOf(
      await actOnLetter(deps, {
        letterId: asked.params.id,
        actionKey: asked.actionKey,
        action,
        ...by(asked),
      }),
    );

  write({
    path: '/v1/letters/{id}/updates',
    id: 'updateLetter',
    summary: 'Say where the letter stands; its sender sees it',
    tag: WORKING,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.updateBody(longest),
    answer: schemas.Outcome,
    problems: OF_ACTION,
    act: async (asked) => {
      const text = publicText(cleaned(asked, 'text', asked.body.text));
      return act(asked, { kind: 'update', text });
    },
  });
  write({
    path: '/v1/letters/{id}/notes',
    id: 'noteLetter',
    summary: 'Write an internal note: staff see it, the sender never does',
    tag: WORKING,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.noteBody(longest),
    answer: schemas.Outcome,
    problems: OF_ACTION,
    act: async (asked) =>
      act(asked, {
        kind: 'note',
        note: new InternalText(cleaned(asked, 'text', asked.body.text)),
      }),
  });
  write({
    path: '/v1/letters/{id}/referrals',
    id: 'referLetter',
    summary: 'Refer the letter to another unit; the text is internal',
    tag: WORKING,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.referralBody(longest),
    answer: schemas.Outcome,
    problems: OF_ACTION,
    act: async (asked) => {
      const text = cleanText(asked.body.text);
      const note = text === '' ? null : new InternalText(text);
      return act(asked, { kind: 'refer', unitId: asked.body.unit, note });
    },
  });
  write({
    path: '/v1/letters/{id}/replies',
    id: 'replyToLetter',
    summary: 'Answer the letter, with a file or without',
    tag: WORKING,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.replyBody(longest),
    upload: ['text'],
    answer: schemas.Outcome,
    problems: OF_ACTION,
    async act(asked) {
      const file = fileIn(asked);
      const text = publicText(cleaned(asked, 'text', asked.body.text));
      return act(asked, { kind: 'reply', text, file: file ?? null });
    },
  });
  write({
    path: '/v1/letters/{id}/closing',
    id: 'closeLetter',
    summary: 'Close the letter, with a reason where nothing was replied',
    tag: WORKING,
    scope: 'decide',
    params: schemas.letterParams,
    body: bodies.closingBody(longest),
    answer: schemas.Outcome,
    problems: OF_ACTION,
    act: async (asked) => {
      const { reason } = asked.body;
      return act(asked, {
        kind: 'close',
        reason: reason === undefined ? null : publicText(cleaned(asked, 'reason', reason)),
      });
    },
  });

  const changed = ({ view }: AskedAny, result: UnitResult): z.input<typeof schemas.Unit> => {
    if (result.outcome === 'done') return toUnit(result.unit);
    if (result.outcome === 'stale') throw new ApiProblem('not_open');
    const words = view.text.api.fields;
    const problem = result.fields.name;
    const detail = { missing: words.missing, too_long: words.tooLong, taken: words.taken };
    const errors = [{ pointer: '#/name', detail: detail[problem ?? 'missing'] }];
    throw new ApiProblem('invalid', { errors });
  };

  write({
    path: '/v1/units',
    id: 'addUnit',
    summary: 'Add a unit',
    tag: ORGANISATION,
    scope: 'admin',
    body: bodies.newUnitBody(MAX_NAME_LENGTH),
    answer: schemas.Unit,
    status: 201,
    act: async (asked) => {
      const { key, c, body, actionKey: unitId } = asked;
      const by = keyAdministrator(key, c.var.from);
      return changed(asked, await addUnit(deps, by, { unitId, name: body.name }));
    },
  });
  write({
    method: 'patch',
    path: '/v1/units/{unit}',
    id: 'changeUnit',
    summary:
      'Rename a unit, or retire it: then it takes no new letters and keeps those that it has',
    tag: ORGANISATION,
    scope: 'admin',
    params: schemas.unitParams,
    body: bodies.unitChangeBody(MAX_NAME_LENGTH),
    answer: schemas.Unit,
    problems: ['not_found'],
    act: async (asked) => {
      const { key, c, body, params } = asked;
      const by = keyAdministrator(key, c.var.from);
      const unitId = params.unit;
      const result =
        'name' in body
          ? await renameUnit(deps, by, { unitId, name: body.name })
          : await retireUnit(deps, by, { unitId });
      return changed(asked, result);
    },
  });

  read({
    path: '/v1/staff',
    id: 'listStaff',
    summary: 'All members of staff',
    tag: ORGANISATION,
    scope: 'admin',
    answer: schemas.StaffList,
    async read({ key }) {
      const members = await listMembers(deps, key.staff);
      return {
        staff: members.map(({ id, username, name, role, unitIds, disabled, secondFactor }) => ({
          id,
          username,
          name,
          role,
          unitIds,
          disabled,
          secondFactor,
        })),
      };
    },
  });

  const description = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: site.orgName,
      version: '1',
      description:
        'The client desk for other systems. Errors are problem details (RFC 9457), in Persian or English by `Accept-Language`.',
    },
    servers: [{ url: site.publicOrigin }],
  });
  const json = JSON.stringify(description);
  api.get('/openapi.json', (c) => c.body(json, 200, { 'content-type': 'application/json' }));
  api.all('*', (c) => {
    const allowed = methodsAt(api, c.req.path.slice('/api'.length));
    throw allowed.length === 0
      ? new ApiProblem('not_found')
      : new ApiProblem('method_not_allowed', {}, { allow: allowed.join(', ') });
  });
  return api;
};
