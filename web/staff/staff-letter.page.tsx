import { isOpen } from '../../src/platform/files/file-checks.ts';
import type { Unit } from '../../src/desk/administration/units.ts';
import { isOfUnit } from '../../src/desk/staff/staff-member.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { DamagedNotice, ErasedNotice, subjectOf } from '../components/erased.tsx';
import { DeadlineLine } from '../components/deadline.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { FileFlags, FileLink } from '../components/file-link.tsx';
import { Icon } from '../components/icon.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { RegistrationFacts } from '../components/letter-facts.tsx';
import { EndReason, FollowUp, LetterHead, Reason } from '../components/letter-head.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import { FilePreview } from '../components/preview.tsx';
import { Questions } from '../components/questions.tsx';
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
import { Details, Messages, Versions, Warnings } from './staff-letter-parts.tsx';
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
  readers: string[];
  reasons: StockReason[];
  notice?: string | undefined;
  queue: StaffQueue;
  place: QueuePlace;
  /** Opened from the queue: a decision then leads to the next letter. */
  goesOn: boolean;
  /** Decided just before this one was opened. */
  decided?: StaffLetter | undefined;
  keys: boolean;
}

interface CardProps {
  view: View;
  letter: StaffLetter;
  href: string;
}

const LetterCard = ({ view, letter, href }: CardProps) => {
  const { staffLetter: words, facts, objection } = view.text;
  return (
    <article
      class={`card letter letter--${letter.status}`}
      data-state={letter.status}
      data-step={letter.step ?? undefined}
      data-annulled={letter.annulledAt === null ? undefined : ''}
      aria-labelledby="subject"
    >
      <LetterHead view={view} letter={letter} />
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
  );
};

const PreviewCard = ({ view, letter, href, query }: CardProps & { query: string }) => {
  const hasPages = letter.preview.state !== 'none' || isOpen(letter.file);
  if (!hasPages || letter.erasedAt !== null) return null;
  return (
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
  const { staffLetter: words, letter: letterWords } = view.text;
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
          {isOfUnit(staff) && !holds(staff, letter) && (
            <NoticeBox tone="info" icon="forward">
              {words.referredAway} <bdi>{letter.unit}</bdi>
            </NoticeBox>
          )}
          <Warnings view={view} letter={letter} />
          <ErasedNotice view={view} letter={letter} />
          <DamagedNotice view={view} letter={letter} forStaff />
          <div class={hasForms ? 'two-columns' : 'one-column'}>
            <div class="column column--letter">
              <LetterCard view={view} letter={letter} href={href} />
              <PreviewCard view={view} letter={letter} href={href} query={query} />
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
              <Questions view={view} questions={letter.questions} letterHref={href} />
              <Replies view={view} replies={letter.replyList} letterHref={href} />
              <section class="card" aria-labelledby="timeline">
                <h2 id="timeline">{letterWords.timeline}</h2>
                <StaffTimeline
                  view={view}
                  entries={letter.timeline}
                  internal={letter.internalEntries}
                  rungs={letter.rungs}
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
