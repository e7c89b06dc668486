import { BackLink } from '../components/back-link.tsx';
import { DamagedNotice, ErasedNotice, Personal, subjectOf } from '../components/erased.tsx';
import { DeadlineLine } from '../components/deadline.tsx';
import { FileLinks } from '../components/file-link.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { Moment, RegistrationFacts } from '../components/letter-facts.tsx';
import { EndReason, FollowUp, LetterHead, Reason } from '../components/letter-head.tsx';
import { NoticeBox, noticeText } from '../components/notice.tsx';
import { Questions } from '../components/questions.tsx';
import { Replies } from '../components/replies.tsx';
import { RelatedLetters } from '../components/related-letters.tsx';
import { Timeline } from '../components/timeline.tsx';
import { ReceiptLinks } from '../receipts/receipt-links.tsx';
import type { View } from '../view.ts';
import { questionFor } from './answer.page.tsx';
import { FollowUpNote, mayReopen } from './follow-up.page.tsx';
import { mayObject, ObjectionNote } from './objection.page.tsx';
import type { LatestStatus, OwnLetter } from '../../src/desk/letters/applicant-letters.ts';

const SOURCE_TEXT = {
  answered: 'fromWorkflow',
  engine_away: 'engineAway',
  ended: 'ended',
} as const;

interface StatusPanelProps {
  view: View;
  latest: LatestStatus;
  hasReply: boolean;
}

const StatusPanel = ({ view, latest, hasReply }: StatusPanelProps) => {
  const words = view.text.letter.status;
  return (
    <section
      class={`status-panel status-panel--${latest.status}`}
      aria-labelledby="latest"
      data-source={latest.source}
      role="status"
    >
      <h2 id="latest">
        <Icon name="refresh" />
        {words.heading}
      </h2>
      <p class="status-panel__what">
        {latest.annulled
          ? words.annulled
          : words[latest.step ?? (latest.status === 'approved' ? 'with_unit' : latest.status)]}
        {latest.step !== null && (
          <>
            {' '}
            <bdi class="status-panel__unit">{latest.unit}</bdi>
          </>
        )}
      </p>
      {hasReply && (
        <p>
          <a href="#replies">{words.seeReply}</a>
        </p>
      )}
      <p class="status-panel__source">
        {words[SOURCE_TEXT[latest.why]]} <Moment view={view} at={latest.at} />
      </p>
    </section>
  );
};

interface LetterPageProps {
  view: View;
  letter: OwnLetter;
  latest: LatestStatus | undefined;
  notice: string | undefined;
}

interface PartProps {
  view: View;
  letter: OwnLetter;
  href: string;
}

const Confirmation = ({
  view,
  letter,
  href,
  notice,
}: PartProps & Pick<LetterPageProps, 'notice'>) => {
  const words = view.text.letter;
  const title = noticeText(view, notice);
  if (title === undefined) return null;
  return (
    <div class="confirmation" role="status">
      <Icon name="check" />
      <div>
        <p class="confirmation__title">{title}</p>
        {notice === 'submitted' && <p>{words.submittedLead}</p>}
        {notice === 'submitted' && <ReceiptLinks view={view} letter={letter} href={href} />}
      </div>
    </div>
  );
};

const RepeatNotice = ({
  view,
  repeat,
}: {
  view: View;
  repeat: NonNullable<OwnLetter['repeats']>;
}) => {
  const words = view.text.letter;
  return (
    <div class="notice notice--info">
      <Icon name="info" />
      <div>
        <p>
          {words.repeat} <Moment view={view} at={repeat.submittedAt} />. {words.repeatNext}
        </p>
        <p>
          <a class="standing-link" href={`/letters/${repeat.letterId}`}>
            {words.repeatSee}
          </a>
        </p>
      </div>
    </div>
  );
};

const Actions = ({ view, letter, href }: PartProps) => {
  const words = view.text.letter;
  const mayWithdraw =
    (letter.status === 'pending' || letter.status === 'returned') && !letter.withdrawalOpen;
  return (
    <form method="get" action={href} class="actions no-print">
      {letter.status === 'returned' && !letter.withdrawalOpen && !letter.damaged && (
        <a class="button" id="correct" href={`${href}/correction`}>
          <Icon name="pencil" />
          {words.correct}
        </a>
      )}
      {mayObject(letter) && (
        <a class="button" id="object" href={`${href}/objection`}>
          <Icon name="undo" />
          {view.text.objection.link}
        </a>
      )}
      {mayReopen(letter) && (
        <a class="button button--secondary" id="follow-up" href={`${href}/follow-up`}>
          <Icon name="undo" />
          {view.text.followUp.link}
        </a>
      )}
      {questionFor(letter) && (
        <a class="button" id="answer" href={`${href}/answer`}>
          <Icon name="reply" />
          {view.text.question.link}
        </a>
      )}
      <input type="hidden" name="latest" value="1" />
      <button type="submit" id="ask-latest" class="button button--secondary">
        <Icon name="refresh" />
        {words.latest}
      </button>
      {mayWithdraw && (
        <a class="button button--quiet" id="withdraw" href={`${href}/withdrawal`}>
          {words.withdraw}
        </a>
      )}
    </form>
  );
};

const LetterCard = ({ view, letter, href }: PartProps) => {
  const { letter: words, facts } = view.text;
  const next = words.next[letter.status];
  const isObjected =
    letter.objectedAt !== null && (letter.status === 'pending' || letter.status === 'rejected');
  return (
    <article
      class={`card letter letter--${letter.status}`}
      data-state={letter.status}
      data-step={letter.step ?? undefined}
      data-annulled={letter.annulledAt === null ? undefined : ''}
      aria-labelledby="subject"
    >
      <LetterHead view={view} letter={letter}>
        {letter.step === 'with_unit' && (
          <>
            {' '}
            <bdi>{letter.unit}</bdi>
          </>
        )}
      </LetterHead>
      <Reason heading={facts.reason} reason={letter.rejectionReason} />
      <Reason
        heading={facts.returnReason}
        reason={letter.status === 'returned' ? letter.returnReason : null}
        ofReturn
      />
      <EndReason view={view} letter={letter} />
      <RegistrationFacts view={view} letter={letter} />
      <DeadlineLine view={view} letter={letter} href={href} />
      <Reason
        heading={view.text.question.ofUnit}
        reason={letter.questions.find(({ isOpen }) => isOpen)?.text ?? null}
        ofReturn
      >
        <p>{view.text.question.paused}</p>
      </Reason>
      {letter.withdrawalOpen && <NoticeBox tone="info">{words.withdrawalOpen}</NoticeBox>}
      {letter.sentOpen && <NoticeBox tone="info">{words.sentOpen}</NoticeBox>}
      <ObjectionNote view={view} letter={letter} />
      <FollowUp view={view} letter={letter} />
      <FollowUpNote view={view} letter={letter} />
      {next !== '' && !isObjected && <p class="note">{next}</p>}
      <Actions view={view} letter={letter} href={href} />
    </article>
  );
};

const Details = ({ view, letter, href }: PartProps) => {
  const { letter: words, facts } = view.text;
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{words.details}</h2>
      <dl class="facts">
        <div>
          <dt>{facts.sender}</dt>
          <dd>
            <Personal view={view} letter={letter} text={letter.senderName} />
          </dd>
        </div>
        <div>
          <dt>{letter.step === null ? facts.unit : facts.currentUnit}</dt>
          <dd>
            <bdi>{letter.unit}</bdi>
          </dd>
        </div>
        <div>
          <dt>{facts.submittedAt}</dt>
          <dd>
            <Moment view={view} at={letter.submittedAt} />
          </dd>
        </div>
        <div>
          <dt>{facts.file}</dt>
          <dd>
            {letter.erasedAt === null ? (
              <FileLinks view={view} files={letter.files} href={href} />
            ) : (
              <Personal view={view} letter={letter} text="" />
            )}
          </dd>
        </div>
      </dl>
      {!letter.damaged && <ReceiptLinks view={view} letter={letter} href={href} />}
    </section>
  );
};

export const LetterPage = ({ view, letter, latest, notice }: LetterPageProps) => {
  const { letter: words, states, steps } = view.text;
  const href = `/letters/${letter.id}`;
  return (
    <Layout view={view} title={subjectOf(view, letter)} signedIn={{ area: 'portal' }}>
      <BackLink href="/letters" label={words.backToList} />
      <Confirmation view={view} letter={letter} href={href} notice={notice} />
      {letter.repeats && <RepeatNotice view={view} repeat={letter.repeats} />}
      {latest && <StatusPanel view={view} latest={latest} hasReply={letter.replyList.length > 0} />}
      <p class="out-of-sight no-print" role="status" data-live-news />
      <div
        data-live={href}
        data-stamp={String(letter.stamp)}
        data-news={words.news(letter.step === null ? states[letter.status] : steps[letter.step])}
      >
        {letter.files.some(({ scan }) => scan === 'waiting') && (
          <NoticeBox tone="info" icon="clock">
            {words.fileWaiting}
          </NoticeBox>
        )}
        <ErasedNotice view={view} letter={letter} />
        <DamagedNotice view={view} letter={letter} />
        <LetterCard view={view} letter={letter} href={href} />
        <Questions view={view} questions={letter.questions} letterHref={href} />
        <Replies view={view} replies={letter.replyList} letterHref={href} />
        <section class="card" aria-labelledby="timeline">
          <h2 id="timeline">{words.timeline}</h2>
          <Timeline view={view} entries={letter.timeline} />
        </section>
        <RelatedLetters view={view} related={letter.related} base="/letters" />
        <Details view={view} letter={letter} href={href} />
      </div>
      <script type="module" src={view.paths.live} />
    </Layout>
  );
};
