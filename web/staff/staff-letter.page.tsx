import { formatMobileLocal } from '../../src/platform/base/mobile.ts';
import { isOpen } from '../../src/platform/files/file-checks.ts';
import type { Unit } from '../../src/desk/desk.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import {
  DamagedNotice,
  ErasedNotice,
  Personal,
  subjectOf,
  Unreadable,
} from '../components/erased.tsx';
import { DeadlineLine } from '../components/deadline.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { FileFlags, FileLink } from '../components/file-link.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { Moment, RegistrationFacts } from '../components/letter-facts.tsx';
import { EndReason, LetterHead, Reason } from '../components/letter-head.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import { FilePreview } from '../components/preview.tsx';
import { Replies } from '../components/replies.tsx';
import { StaffTimeline } from '../components/timeline.tsx';
import { StampedLink } from '../receipts/receipt-links.tsx';
import type { View } from '../view.ts';
import { AnnulForm, mayAnnul } from './annulment.page.tsx';
import { DecidedNotice } from './decided-notice.tsx';
import { DecisionForms, mayDecide } from './decision-forms.tsx';
import { KeysLink, KeysSheet } from './keys.page.tsx';
import { LetterSteps, QueueBeside } from './queue-beside.tsx';
import { placeQuery, type QueuePlace } from './queue-place.ts';
import { ReadersNotice } from './readers-notice.tsx';
import type { StaffDraft } from './staff-letter.form.ts';
import { UndoBar } from './undo-bar.tsx';
import { holds, mayAct, UnitForms } from './unit-forms.tsx';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { StaffQueue } from '../../src/desk/letters/staff-queue.ts';
import type { StockReason } from '../../src/desk/administration/stock-reasons.ts';

interface StaffLetterPageProps {
  view: View;
  staff: StaffMember;
  letter: StaffLetter;
  units: Unit[];
  draft: StaffDraft;
  /** Names of colleagues who have it open. */
  readers: string[];
  /** That can be picked. */
  reasons: StockReason[];
  notice?: string | undefined;
  /** The list that the letter belongs to. */
  queue: StaffQueue;
  place: QueuePlace;
  /** Opened from the list: a decision then leads to the next letter. */
  goesOn: boolean;
  /** That was decided just before this one was opened. */
  decided?: StaffLetter | undefined;
  /** False: this member has switched the keys off. */
  keys: boolean;
}

const appliedIn = (view: View, seconds: number): string =>
  seconds > 0 ? view.text.undo.left(view.digits(seconds)) : view.text.undo.soon;

/** What is under way or has stopped, so that nobody decides twice. */
const Warnings = ({ view, letter }: { view: View; letter: StaffLetter }) => {
  const words = view.text.staffLetter;
  return (
    <>
      {letter.isOwn && <NoticeBox tone="info">{words.ownLetter}</NoticeBox>}
      {letter.isOwnRejection && (
        <NoticeBox tone={letter.otherDeciders === 0 ? 'warning' : 'info'}>
          {view.text.objection.own}
          {letter.otherDeciders === 0 && <> {view.text.objection.nobody}</>}
        </NoticeBox>
      )}
      {letter.needsAttention !== null && (
        <div class="notice notice--warning">
          <Icon name="alert" />
          <span>
            {words.needsAttention} <bdi>{letter.needsAttention}</bdi>
          </span>
        </div>
      )}
      {letter.openDecision && letter.openDecision.undoId === undefined && (
        <p class="notice notice--info">
          <Icon name="clock" />
          <span>
            {words.openDecision[letter.openDecision.kind]}{' '}
            {letter.openDecision.kind !== 'withdraw' && (
              <>
                {words.openDecision.by} <bdi>{letter.openDecision.by}</bdi>
                {view.text.punctuation.comma}
              </>
            )}
            <Moment view={view} at={letter.openDecision.at} />
            {letter.openDecision.undoSeconds !== undefined && (
              <> {appliedIn(view, letter.openDecision.undoSeconds)}</>
            )}
          </span>
        </p>
      )}
      {letter.openActions > 0 && (
        <p class="notice notice--info">
          <Icon name="clock" />
          <span>{words.openActions(view.digits(letter.openActions))}</span>
        </p>
      )}
    </>
  );
};

const Details = ({ view, letter }: { view: View; letter: StaffLetter }) => {
  const { facts, staffLetter } = view.text;
  return (
    <dl class="facts">
      <div>
        <dt>{facts.sender}</dt>
        <dd>
          <Personal view={view} letter={letter} text={letter.senderName} />
        </dd>
      </div>
      <div>
        <dt>{facts.mobile}</dt>
        <dd>
          {letter.maskedMobile === '' && letter.damaged && <Unreadable view={view} />}
          {letter.maskedMobile === '' && !letter.damaged && (
            <span class="muted">{view.text.erased.value}</span>
          )}
          {letter.maskedMobile !== '' && (
            <bdi dir="ltr">{view.digits(formatMobileLocal(letter.maskedMobile))}</bdi>
          )}
        </dd>
      </div>
      <div>
        <dt>{staffLetter.addressedUnit}</dt>
        <dd>
          <bdi>{letter.addressedUnit}</bdi>
        </dd>
      </div>
      {letter.step !== null && (
        <div>
          <dt>{facts.currentUnit}</dt>
          <dd>
            <bdi>{letter.unit}</bdi>
          </dd>
        </div>
      )}
      <div>
        <dt>{facts.submittedAt}</dt>
        <dd>
          <Moment view={view} at={letter.submittedAt} />
        </dd>
      </div>
      {letter.withdrawnAt !== null && (
        <div>
          <dt>{facts.withdrawnAt}</dt>
          <dd>
            <Moment view={view} at={letter.withdrawnAt} />
          </dd>
        </div>
      )}
      {letter.decidedBy !== null && (
        <div>
          <dt>{facts.decidedBy}</dt>
          <dd>
            <bdi>{letter.decidedBy}</bdi>
          </dd>
        </div>
      )}
      {letter.decidedAt !== null && (
        <div>
          <dt>{facts.decidedAt}</dt>
          <dd>
            <Moment view={view} at={letter.decidedAt} />
          </dd>
        </div>
      )}
    </dl>
  );
};

type Message = StaffLetter['messages'][number];

/** Of a message that the gateway took, a final receipt says more than that. */
const MessageState = ({
  view,
  state,
  delivery,
}: Pick<Message, 'state' | 'delivery'> & { view: View }) => {
  const words = view.text.staffLetter;
  const known = delivery === 'delivered' || delivery === 'undelivered' ? delivery : state;
  const shape = MESSAGE_SHAPES[known];
  return (
    <span class={`message-state message-state--${known}`}>
      {shape && <Icon name={shape} />}
      {words.messageStates[known]}
    </span>
  );
};

const MESSAGE_SHAPES: Partial<Record<string, IconName>> = {
  delivered: 'check',
  undelivered: 'cross',
  failed: 'cross',
};

const Messages = ({ view, letter }: { view: View; letter: StaffLetter }) => {
  const words = view.text.staffLetter;
  return (
    <section class="card" aria-labelledby="messages">
      <h2 id="messages">
        <Icon name="message" />
        {words.messages}
      </h2>
      {letter.messages.length === 0 ? (
        <p class="muted">{words.noMessages}</p>
      ) : (
        <ul class="messages">
          {letter.messages.map(({ kind, state, delivery, at }) => (
            <li>
              <span>{words.messageKinds[kind] ?? kind}</span>
              <MessageState view={view} state={state} delivery={delivery} />
              <Moment view={view} at={at} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};

/** What it said, and the file it had, each time before it was corrected. */
const Versions = ({ view, letter }: { view: View; letter: StaffLetter }) => {
  const { staffLetter: words, punctuation } = view.text;
  if (letter.versions.length === 0) return null;
  return (
    <section class="card" aria-labelledby="versions">
      <h2 id="versions">
        <Icon name="undo" />
        {words.versionsHeading}
      </h2>
      <ol class="versions">
        {letter.versions.map(({ round, subject, addressedUnit, replacedAt, file }) => (
          <li>
            <p class="muted">
              {words.version(view.digits(round))}
              {punctuation.comma}
              {words.versionUntil} <Moment view={view} at={replacedAt} />
            </p>
            <p>
              <bdi>{subject}</bdi>
              {punctuation.comma}
              <bdi class="muted">{addressedUnit}</bdi>
            </p>
            <FileLink
              view={view}
              file={file}
              href={`/staff/letters/${letter.id}/versions/${round}/file`}
            />
          </li>
        ))}
      </ol>
    </section>
  );
};

export const StaffLetterPage = ({
  view,
  staff,
  letter,
  units,
  draft,
  readers,
  reasons,
  notice,
  queue,
  place,
  goesOn,
  decided,
  keys,
}: StaffLetterPageProps) => {
  const { staffLetter: words, facts, letter: letterWords } = view.text;
  const href = `/staff/letters/${letter.id}`;
  const query = placeQuery(place);
  const forms = { view, letter, units, draft, reasons, ...(goesOn && { queue: query }) };
  const beside = { view, place, queue, letterId: letter.id };
  const hasForms = mayDecide(staff, letter) || mayAct(staff, letter) || mayAnnul(staff, letter);
  return (
    <StaffLayout
      view={view}
      title={subjectOf(view, letter)}
      staff={staff}
      hasProblems={Object.keys(draft.problems).length > 0}
    >
      <div class="letter-bar">
        <BackLink href={`/staff?${query}`} label={words.backToQueue} go="queue" />
        <LetterSteps {...beside} />
        <KeysLink view={view} />
        <a class="quiet-link no-print" href={`/staff?${query}#q`} data-go="search">
          <Icon name="search" />
          {view.text.queue.search.submit}
        </a>
      </div>
      <ReadersNotice view={view} names={readers} href={href} />
      <div class="split">
        <QueueBeside {...beside} />
        <div>
          <ErrorSummary view={view} problems={draft.problems} />
          {decided ? (
            <DecidedNotice
              view={view}
              letter={decided}
              href={`/staff/letters/${decided.id}?${query}`}
              queue={query}
            />
          ) : (
            <Notice view={view} code={notice} />
          )}
          <UndoBar view={view} letter={letter} {...(goesOn && { queue: query })} />
          {staff.role === 'unit' && !holds(staff, letter) && (
            <NoticeBox tone="info" icon="forward">
              {words.referredAway} <bdi>{letter.unit}</bdi>
            </NoticeBox>
          )}
          <Warnings view={view} letter={letter} />
          <ErasedNotice view={view} letter={letter} />
          <DamagedNotice view={view} letter={letter} forStaff />
          <div class={hasForms ? 'two-columns' : 'one-column'}>
            <div class="column column--letter">
              <article
                class={`card letter letter--${letter.status}`}
                data-state={letter.status}
                data-step={letter.step ?? undefined}
                data-annulled={letter.annulledAt === null ? undefined : ''}
                aria-labelledby="subject"
              >
                <LetterHead view={view} letter={letter} />
                <Reason heading={facts.reason} reason={letter.rejectionReason} />
                <Reason heading={view.text.objection.heading} reason={letter.objection} ofReturn>
                  {letter.status === 'pending' && !letter.isOwnRejection && (
                    <p>{view.text.objection.staffLead}</p>
                  )}
                </Reason>
                <Reason heading={facts.returnReason} reason={letter.returnReason} ofReturn>
                  {letter.round > 1 && <p>{words.round(view.digits(letter.round))}</p>}
                </Reason>
                <EndReason view={view} letter={letter} />
                <RegistrationFacts view={view} letter={letter} />
                <DeadlineLine view={view} letter={letter} href={href} />
                {letter.erasedAt === null && (
                  <>
                    <FileLink view={view} file={letter.file} href={`${href}/file`} />
                    <FileFlags view={view} file={letter.file} />
                    {letter.letterNumber !== null && (
                      <p class="receipt-links no-print">
                        <StampedLink view={view} letter={letter} href={href} />
                      </p>
                    )}
                  </>
                )}
                <Details view={view} letter={letter} />
                {letter.workflowUrl !== null && (
                  <p class="workflow-link no-print">
                    <a href={letter.workflowUrl} rel="noreferrer">
                      {words.workflow}
                    </a>
                  </p>
                )}
              </article>
              {(letter.preview.state !== 'none' || isOpen(letter.file)) &&
                letter.erasedAt === null && (
                  <section class="card no-print" aria-labelledby="preview">
                    <h2 id="preview">
                      <Icon name="eye" />
                      {view.text.preview.heading}
                    </h2>
                    <FilePreview
                      view={view}
                      file={letter.file}
                      preview={letter.preview}
                      href={href}
                      reload={`${href}?${query}`}
                    />
                  </section>
                )}
            </div>
            {hasForms && (
              <div class="column column--forms no-print">
                {mayDecide(staff, letter) && <DecisionForms {...forms} />}
                {mayAct(staff, letter) && <UnitForms {...forms} />}
                {mayAnnul(staff, letter) && <AnnulForm {...{ view, letter, draft }} />}
              </div>
            )}
            <div class="column column--course">
              <Versions view={view} letter={letter} />
              <Replies view={view} replies={letter.replyList} letterHref={href} />
              <section class="card" aria-labelledby="timeline">
                <h2 id="timeline">{letterWords.timeline}</h2>
                <StaffTimeline
                  view={view}
                  entries={letter.timeline}
                  internal={letter.internalEntries}
                />
              </section>
              <Messages view={view} letter={letter} />
            </div>
          </div>
        </div>
      </div>
      <KeysSheet view={view} on={keys} />
      <script type="module" src={view.paths.staffLetter} />
    </StaffLayout>
  );
};
