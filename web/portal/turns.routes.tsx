/** What a sender does with a letter that is not decided yet: withdraw it, or correct it. */
import type { Context, Hono } from 'hono';
import { DomainError, isCertainlyNotStored } from '../../src/platform/base/errors.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { chooseFile, createFormFiles, isRemoval } from '../http/form-file.ts';
import type { FileProblemStatus } from '../http/form-file.ts';
import { cutStatus, ensureWhole, type FormReader, type PostedForm } from '../http/form-reader.ts';
import { isUuid, letterIdOf } from '../http/letter-address.ts';
import { CorrectionPage, type CorrectionDraft } from './correction.page.tsx';
import { draftProblems, fileProblemText } from './letter.form.ts';
import { TurnRefusedPage, WithdrawalPage } from './withdrawal.page.tsx';
import { resubmitLetter } from '../../src/desk/letters/resubmit-letter.ts';
import { discardFile } from '../../src/platform/files/receive-file.ts';
import type { Letter } from '../../src/desk/letters/letter-detail.ts';
import { getLetter } from '../../src/desk/letters/applicant-letters.ts';
import { withdrawLetter } from '../../src/desk/letters/withdraw-letter.ts';

const WON = ['approve', 'reject', 'return'] as const;

export const addTurnRoutes = (
  routes: Hono<ApplicantEnv>,
  deps: RouteDeps,
  forms: FormReader,
): void => {
  const { desk, site } = deps;
  const files = createFormFiles(deps);

  const own = (c: Context<ApplicantEnv>): Promise<Letter> =>
    getLetter(deps, { applicantId: c.var.applicant.id, letterId: letterIdOf(c) });

  const back = (c: Context<ApplicantEnv>, notice?: string) =>
    c.redirect(`/letters/${letterIdOf(c)}${notice ? `?notice=${notice}` : ''}`, 303);

  /** Who was first, in words; staff are not named to a sender. */
  const tooLate = (c: Context<ApplicantEnv>, { facts }: DomainError) => {
    const words = c.var.view.text.withdrawal.tooLate;
    const won = WON.find((kind) => kind === facts.kind);
    const letterId = letterIdOf(c);
    const at = facts.at ? new Date(facts.at) : undefined;
    const text = won ? words[won] : words.other;
    const props = { view: c.var.view, letterId, title: words.title, text, at };
    return c.html(page(<TurnRefusedPage {...props} />), 409);
  };

  const isTooLate = (error: unknown): error is DomainError =>
    error instanceof DomainError && (error.code === 'already_decided' || error.code === 'not_open');

  routes.get('/:id/withdrawal', async (c) => {
    const letter = await own(c);
    if (letter.status !== 'pending' && letter.status !== 'returned') return back(c);
    return c.html(page(<WithdrawalPage view={c.var.view} letter={letter} />));
  });

  routes.post('/:id/withdrawal', async (c) => {
    ensureWhole(await forms.readFields(c));
    const { applicant, from } = c.var;
    try {
      const which = { applicantId: applicant.id, letterId: letterIdOf(c), from };
      const { outcome } = await withdrawLetter(deps, which);
      return back(c, `withdrawal_${outcome}`);
    } catch (error) {
      if (!isTooLate(error)) throw error;
      return tooLate(c, error);
    }
  });

  const correctionPage = async (
    c: Context<ApplicantEnv>,
    letter: Letter,
    state: { draft: CorrectionDraft; held?: AttachedFile | undefined; problems?: Problems },
  ) => {
    const units = (await desk.listUnits()).filter(({ retired }) => !retired);
    return page(<CorrectionPage view={c.var.view} letter={letter} units={units} {...state} />);
  };

  const readCorrection = (form: PostedForm): CorrectionDraft => {
    const formKey = form.field('formKey');
    const round = form.field('round');
    return {
      formKey: isUuid(formKey) ? formKey : crypto.randomUUID(),
      // 0 is no letter's round.
      round: /^[1-9]\d{0,3}$/.test(round) ? Number(round) : 0,
      unitId: form.field('unit'),
      subject: cleanLine(form.field('subject')),
    };
  };

  routes.get('/:id/correction', async (c) => {
    const letter = await own(c);
    if (letter.status !== 'returned') return back(c);
    const { round, unitId, subject } = letter;
    const draft = { formKey: crypto.randomUUID(), round, unitId, subject };
    return c.html(await correctionPage(c, letter, { draft }));
  });

  routes.post('/:id/correction', async (c) => {
    const { view, applicant, from } = c.var;
    const words = view.text.newLetter.problems;
    const letter = await own(c);
    const form = await forms.readUpload(c, 'file', {
      by: { kind: 'applicant', id: c.var.applicant.id },
      from: c.var.from,
    });
    const draft = readCorrection(form);
    const which = { holder: { applicantId: applicant.id }, formKey: draft.formKey };
    const chosen = chooseFile(form);

    const redraw = async (problems: Problems, status: 400 | 408 | FileProblemStatus = 422) => {
      const held = await files.keep(which, form);
      const isGone = chosen.ok && chosen.file === 'held' && !held;
      const all = { ...(isGone && { file: view.text.file.heldGone }), ...problems };
      return c.html(await correctionPage(c, letter, { draft, held, problems: all }), status);
    };

    const cut = cutStatus(form);
    if (cut) return redraw({ file: words.body_cut }, cut);
    if (isRemoval(form)) {
      await files.remove(which, form);
      return c.html(await correctionPage(c, letter, { draft }));
    }
    const written = { ...draft, submissionKey: draft.formKey, senderName: letter.senderName };
    const problems = form.state === 'whole' ? draftProblems(written, site.limits, view) : {};
    if (!chosen.ok) {
      const file = fileProblemText(view, chosen.problem);
      return redraw({ ...problems, file }, chosen.status);
    }
    if (Object.keys(problems).length > 0) return redraw(problems);
    try {
      const { file = null } = chosen;
      const letterId = letterIdOf(c);
      await resubmitLetter(deps, { applicantId: applicant.id, letterId, ...draft, file, from });
      return back(c, 'resubmitted');
    } catch (error) {
      const code = error instanceof DomainError ? error.code : undefined;
      if (code === 'held_file_gone') return redraw({ file: view.text.file.heldGone });
      if (code === 'file_infected') return redraw({ file: view.text.correction.fileInfected });
      if (code === 'unit_not_available') {
        draft.unitId = '';
        return redraw({ unit: words.unit_gone });
      }
      if (form.file?.ok && isCertainlyNotStored(error)) await discardFile(deps, form.file.file);
      if (code !== 'not_open' && code !== 'key_reused') throw error;
      const told = code === 'not_open' ? 'notOpen' : 'sentBefore';
      const typed = { subject: draft.subject };
      const props = { view, letterId: letterIdOf(c), typed, ...view.text.correction[told] };
      return c.html(page(<TurnRefusedPage {...props} />), 409);
    }
  });
};
