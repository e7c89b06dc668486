import type { Context, ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DomainError, type DomainErrorCode } from '../../src/platform/base/errors.ts';
import { asUnavailable } from '../../src/platform/files/away.ts';
import type { HandedBackProps } from '../components/handed-back.tsx';
import { page } from '../components/layout.tsx';
import type { AppEnv, WebLog } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { FORM_TYPE } from '../middleware/form-gate.ts';
import { keptFieldsOf } from '../middleware/kept-forms.tsx';
import { noteError } from '../security-events.ts';
import { ErrorPage, type ErrorKind } from './error.page.tsx';

interface Answer {
  status: ContentfulStatusCode;
  kind: ErrorKind;
}

const DOMAIN_ANSWERS: Record<DomainErrorCode, Answer> = {
  not_found: { status: 404, kind: 'notFound' },
  not_allowed: { status: 403, kind: 'notAllowed' },
  // Its own page, with who and when, is drawn where a decision is made.
  already_decided: { status: 409, kind: 'notOpen' },
  not_open: { status: 409, kind: 'notOpen' },
  unit_not_available: { status: 422, kind: 'unitNotAvailable' },
  unavailable: { status: 503, kind: 'unavailable' },
  too_many: { status: 429, kind: 'tooMany' },
  // Its own field says it, where a file is sent.
  held_file_gone: { status: 422, kind: 'badRequest' },
  too_many_files: { status: 422, kind: 'badRequest' },
  key_reused: { status: 409, kind: 'keyReused' },
  closing_reason_missing: { status: 422, kind: 'badRequest' },
  erased: { status: 410, kind: 'erased' },
  damaged: { status: 503, kind: 'damaged' },
  too_many_letters: { status: 429, kind: 'tooManyLetters' },
  too_many_downloads: { status: 429, kind: 'tooManyDownloads' },
  codes_paused: { status: 503, kind: 'codesPaused' },
  file_waiting: { status: 409, kind: 'fileWaiting' },
  file_infected: { status: 409, kind: 'fileInfected' },
  own_letter: { status: 403, kind: 'ownLetter' },
  number_unknown: { status: 422, kind: 'badRequest' },
  reply_waiting: { status: 409, kind: 'replyWaiting' },
  own_reply: { status: 403, kind: 'ownReply' },
  taken_up: { status: 409, kind: 'takenUp' },
  own_rejection: { status: 403, kind: 'ownRejection' },
  identity_provider_away: { status: 503, kind: 'identityProviderAway' },
};

const HTTP_ANSWERS: Record<number, Answer> = {
  400: { status: 400, kind: 'badRequest' },
  403: { status: 403, kind: 'forbiddenForm' },
  408: { status: 408, kind: 'badRequest' },
  413: { status: 413, kind: 'tooBig' },
  415: { status: 415, kind: 'unsupported' },
};

const FAULT: Answer = { status: 500, kind: 'internal' };

const answerTo = (error: Error): Answer => {
  if (error instanceof DomainError) return DOMAIN_ANSWERS[error.code];
  return (error instanceof HTTPException ? HTTP_ANSWERS[error.status] : undefined) ?? FAULT;
};

const areaOf = (c: Context): 'portal' | 'staff' =>
  c.req.path === '/staff' || c.req.path.startsWith('/staff/') ? 'staff' : 'portal';

export const errorPage = (
  c: Context<AppEnv>,
  { status, kind }: Answer,
  handedBack?: Omit<HandedBackProps, 'view'>,
) =>
  c.html(
    page(
      <ErrorPage
        view={c.var.view}
        kind={kind}
        area={areaOf(c)}
        handedBack={handedBack}
        {...(kind === 'internal' && { reference: c.var.requestId })}
      />,
    ),
    status,
  );

const handBack = async (
  c: Context<AppEnv>,
  forms: FormReader,
  { status, kind }: Answer,
): Promise<Omit<HandedBackProps, 'view'> | undefined> => {
  if (c.req.method !== 'POST' || !FORM_TYPE.test(c.req.header('content-type') ?? ''))
    return undefined;
  const posted = forms.posted(c);
  // What was too much, or went to another reader, is not read a second time.
  if (status === 413 || (!posted && c.req.raw.bodyUsed)) return undefined;
  const kept = keptFieldsOf(posted ?? (await forms.readFields(c)));
  // Of another site nothing may come that is sent from here by one press; a key that is used up is used up.
  return (
    kept && { ...kept, path: c.req.path, canSend: kind !== 'forbiddenForm' && kind !== 'keyReused' }
  );
};

export const createErrorHandler =
  (log: WebLog, forms: FormReader): ErrorHandler<AppEnv> =>
  async (thrown, c) => {
    const error = asUnavailable(thrown);
    const answer = answerTo(error);
    noteError(c, error);
    if (answer.status >= 500)
      log.error({ requestId: c.var.requestId, err: error }, 'the request failed');
    const seconds = error instanceof DomainError ? error.facts.seconds : undefined;
    if (seconds !== undefined) c.header('retry-after', seconds);
    return errorPage(c, answer, await handBack(c, forms, answer));
  };
