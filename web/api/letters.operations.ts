import { readLetterNumber } from '../../src/desk/register/letter-number.ts';
import { parseTrackingCode } from '../../src/desk/register/tracking-code.ts';
import { readStaffFile } from '../../src/desk/letters/letter-files.ts';
import { getStaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { listApiLetters } from '../../src/operations/integrations/api.ts';
import { submitForSender } from '../../src/operations/integrations/submit-for-sender.ts';
import { parseMobile } from '../../src/platform/base/mobile.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import { sendFile } from '../http/download.ts';
import { factsOf, letterOf } from './answers.ts';
import type { Api } from './api-app.ts';
import { actorOf, cleanedText, filesIn, invalidField, invalidParameter } from './asked.ts';
import * as bodies from './bodies.ts';
import { addReading, addSending, addWriting } from './operations.ts';
import type { ProblemKind } from './problems.ts';
import * as schemas from './schemas.ts';

const TAG = 'Letters';
const OF_FILE: ProblemKind[] = ['not_found', 'file_waiting', 'file_infected', 'erased', 'damaged'];

const addLetterList = (api: Api): void => {
  const { deps } = api;
  addReading(api, {
    path: '/v1/letters',
    id: 'listLetters',
    summary: 'Letters in the order in which they were submitted, the oldest first',
    tag: TAG,
    scope: 'read',
    query: schemas.letterQuery(deps.site.api.page),
    answer: schemas.LetterPage,
    async read(asked) {
      const { key, query } = asked;
      const { after, unit: unitId, status, step, register, limit } = query;
      const { number, trackingCode: code, mobile } = query;
      const letterNumbers = number === undefined ? undefined : readLetterNumber(number);
      const trackingCode = code === undefined ? undefined : parseTrackingCode(code);
      if (code !== undefined && !trackingCode) throw invalidParameter(asked, 'trackingCode');
      if (mobile !== undefined && !parseMobile(mobile)) throw invalidParameter(asked, 'mobile');
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
};

const addSubmission = (api: Api): void => {
  const { deps } = api;
  addWriting(api, {
    path: '/v1/letters',
    id: 'submitLetter',
    summary: 'Submit a letter for its sender, with the same checks as on the pages',
    tag: TAG,
    scope: 'decide',
    body: bodies.newLetterBody({ ...deps.site.limits, files: deps.site.maxFiles }),
    upload: ['senderName', 'mobile', 'unit', 'subject'],
    mostFiles: deps.site.maxFiles,
    answer: schemas.SubmittedLetter,
    status: 201,
    problems: ['unit_not_available'],
    async act(asked) {
      const { key, c, body, actionKey } = asked;
      const files = filesIn(asked);
      const mobile = parseMobile(body.mobile);
      if (!mobile) throw invalidField('mobile', asked.view.text.api.fields.invalid);
      if (files.length === 0) throw invalidField('file', asked.view.text.api.fields.missing);
      const { letterId } = await submitForSender(deps, {
        key,
        mobile,
        submissionKey: actionKey,
        senderName: cleanedText(asked, 'senderName', cleanLine(body.senderName)),
        unitId: body.unit,
        subject: cleanedText(asked, 'subject', cleanLine(body.subject)),
        files,
        from: c.var.from,
      });
      return { id: letterId, href: `/api/v1/letters/${letterId}` };
    },
  });
};

const addLetter = (api: Api): void => {
  const { deps } = api;
  addReading(api, {
    path: '/v1/letters/{id}',
    id: 'getLetter',
    summary:
      'One letter with its timeline and its replies; that it was read is told in the audit trail',
    tag: TAG,
    scope: 'read',
    params: schemas.letterParams,
    answer: schemas.Letter,
    problems: ['not_found'],
    read: async (asked) =>
      letterOf(
        await getStaffLetter(deps, { letterId: asked.params.id, ...actorOf(asked) }),
        asked.key.staff,
      ),
  });
};

const addOneOfFiles = (api: Api): void => {
  const { deps } = api;
  addSending(api, {
    path: '/v1/letters/{id}/files/{file}',
    id: 'getOneOfLetterFiles',
    summary: 'One of its files: 1, 2, …',
    tag: TAG,
    scope: 'read',
    params: schemas.fileParams,
    problems: OF_FILE,
    async send(asked) {
      const { id: letterId, file: number } = asked.params;
      return sendFile(asked.c, await readStaffFile(deps, { letterId, number, ...actorOf(asked) }));
    },
  });

  addSending(api, {
    path: '/v1/letters/{id}/versions/{round}/files/{file}',
    id: 'getOneOfVersionFiles',
    summary: 'One of the files of a round before the newest: 1, 2, …',
    tag: TAG,
    scope: 'read',
    params: schemas.versionFileParams,
    problems: OF_FILE,
    async send(asked) {
      const { id: letterId, round, file: number } = asked.params;
      const which = { letterId, round, number };
      return sendFile(asked.c, await readStaffFile(deps, { ...which, ...actorOf(asked) }));
    },
  });
};

const addFiles = (api: Api): void => {
  const { deps } = api;
  addSending(api, {
    path: '/v1/letters/{id}/file',
    id: 'getLetterFile',
    summary: "The letter's first file as it was sent",
    tag: TAG,
    scope: 'read',
    params: schemas.letterParams,
    problems: OF_FILE,
    send: async (asked) =>
      sendFile(
        asked.c,
        await readStaffFile(deps, { letterId: asked.params.id, ...actorOf(asked) }),
      ),
  });

  addSending(api, {
    path: '/v1/letters/{id}/versions/{round}/file',
    id: 'getLetterVersionFile',
    summary: "The letter's first file of a round before the newest",
    tag: TAG,
    scope: 'read',
    params: schemas.versionParams,
    problems: OF_FILE,
    async send(asked) {
      const { id: letterId, round } = asked.params;
      return sendFile(asked.c, await readStaffFile(deps, { letterId, round, ...actorOf(asked) }));
    },
  });

  addSending(api, {
    path: '/v1/letters/{id}/replies/{number}/file',
    id: 'getReplyFile',
    summary: 'The file of a reply',
    tag: TAG,
    scope: 'read',
    params: schemas.replyParams,
    problems: OF_FILE,
    async send(asked) {
      const { id: letterId, number: replyNumber } = asked.params;
      return sendFile(
        asked.c,
        await readStaffFile(deps, { letterId, replyNumber, ...actorOf(asked) }),
      );
    },
  });
};

export const addLetterOperations = (api: Api): void => {
  addLetterList(api);
  addSubmission(api);
  addLetter(api);
  addFiles(api);
  addOneOfFiles(api);
};
