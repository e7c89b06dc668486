import type { Child } from 'hono/jsx';
import { formatMobileLocal } from '../../src/platform/base/mobile.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import { DeadlineLine } from '../components/deadline.tsx';
import { Personal, Unreadable } from '../components/erased.tsx';
import { FileFlags, FileLinks } from '../components/file-link.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { Moment, RegistrationFacts } from '../components/letter-facts.tsx';
import { EndReason, FollowUp, Reason } from '../components/letter-head.tsx';
import { NoticeBox } from '../components/notice.tsx';
import { StampedLink } from '../receipts/receipt-links.tsx';
import type { View } from '../view.ts';

const appliedIn = (view: View, seconds: number): string =>
  seconds > 0 ? view.text.undo.left(view.digits(seconds)) : view.text.undo.soon;

// Open work is shown, so that nobody decides twice.
export const Warnings = ({ view, letter }: { view: View; letter: StaffLetter }) => {
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

interface FactsProps {
  view: View;
  letter: StaffLetter;
  href: string;
}

const LetterFile = ({ view, letter, href }: FactsProps) =>
  letter.erasedAt !== null ? null : (
    <>
      <FileLinks view={view} files={letter.files} href={href} />
      {letter.files.map((file) => (
        <FileFlags view={view} file={file} />
      ))}
      {letter.letterNumber !== null && (
        <p class="receipt-links no-print">
          <StampedLink view={view} letter={letter} href={href} />
        </p>
      )}
    </>
  );

export const Facts = ({ view, letter, href }: FactsProps) => {
  const { staffLetter: words, facts, objection } = view.text;
  return (
    <section class="card letter-facts" aria-labelledby="facts">
      <h2 id="facts">{words.factsHeading}</h2>
      <Reason heading={facts.reason} reason={letter.rejectionReason} />
      <Reason heading={objection.heading} reason={letter.objection} ofReturn>
        {letter.status === 'pending' && !letter.isOwnRejection && <p>{objection.staffLead}</p>}
      </Reason>
      <Reason heading={facts.returnReason} reason={letter.returnReason} ofReturn>
        {letter.round > 1 && <p>{words.round(view.digits(letter.round))}</p>}
      </Reason>
      <EndReason view={view} letter={letter} />
      <FollowUp view={view} letter={letter} />
      <RegistrationFacts view={view} letter={letter} />
      <DeadlineLine view={view} letter={letter} href={href} />
      <LetterFile view={view} letter={letter} href={href} />
      <Details view={view} letter={letter} />
      {letter.workflowUrl !== null && (
        <p class="workflow-link no-print">
          <a href={letter.workflowUrl} rel="noreferrer">
            {words.workflow}
          </a>
        </p>
      )}
    </section>
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

// A final delivery report says more than that the gateway accepted the message.
export const MessageState = ({
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

type SentMessage = Pick<StaffLetter['messages'][number], 'kind' | 'state' | 'delivery' | 'at'>;

export const Messages = <Sent extends SentMessage>({
  view,
  messages,
  words = view.text.staffLetter,
  more,
}: {
  view: View;
  messages: Sent[];
  words?: Record<'messages' | 'noMessages', string>;
  more?: (message: Sent) => Child;
}) => {
  const { messageKinds } = view.text.staffLetter;
  return (
    <section class="card" aria-labelledby="messages">
      <h2 id="messages">
        <Icon name="message" />
        {words.messages}
      </h2>
      {messages.length === 0 ? (
        <p class="muted">{words.noMessages}</p>
      ) : (
        <ul class="messages">
          {messages.map((message) => (
            <li>
              <span>{messageKinds[message.kind] ?? message.kind}</span>
              <MessageState view={view} state={message.state} delivery={message.delivery} />
              <Moment view={view} at={message.at} />
              {more?.(message)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};

export const Versions = ({ view, letter }: { view: View; letter: StaffLetter }) => {
  const { staffLetter: words, punctuation } = view.text;
  if (letter.versions.length === 0) return null;
  return (
    <section class="card" aria-labelledby="versions">
      <h2 id="versions">
        <Icon name="undo" />
        {words.versionsHeading}
      </h2>
      <ol class="versions">
        {letter.versions.map(({ round, senderName, subject, addressedUnit, replacedAt, files }) => (
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
              {senderName !== letter.senderName && <bdi class="muted">{senderName}</bdi>}
            </p>
            <FileLinks
              view={view}
              files={files}
              href={`/staff/letters/${letter.id}/versions/${round}`}
            />
          </li>
        ))}
      </ol>
    </section>
  );
};
