import type { Child } from 'hono/jsx';
import type { Unit } from '../../src/desk/administration/units.ts';
import { isOfUnit } from '../../src/desk/staff/staff-member.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { DamagedNotice, ErasedNotice, Personal, subjectOf } from '../components/erased.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { Icon } from '../components/icon.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { LetterHead } from '../components/letter-head.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import { Questions } from '../components/questions.tsx';
import { Replies } from '../components/replies.tsx';
import { RelatedLetters } from '../components/related-letters.tsx';
import { StaffTimeline } from '../components/timeline.tsx';
import type { View } from '../view.ts';
import { AnnulBar, AnnulPanel, mayAnnul } from './annulment.page.tsx';
import {
  ConsultedNotice,
  Consultations,
  mayOpine,
  OpinionBar,
  OpinionPanel,
} from './consultation-forms.tsx';
import { DecidedNotice } from './decided-notice.tsx';
import { DecisionBar, DecisionPanels, mayDecide } from './decision-forms.tsx';
import { HeldReplyPanel } from './held-reply.tsx';
import { KeysLink, KeysSheet } from './keys.page.tsx';
import { LetterPath } from './letter-path.tsx';
import { openForm } from './letter-forms.tsx';
import { LetterSteps, QueueBeside } from './queue-beside.tsx';
import { placeQuery, type QueuePlace } from './queue-place.ts';
import { ReadersNotice } from './readers-notice.tsx';
import type { StaffDraft } from './staff-letter.form.ts';
import { Facts, Messages, Versions, Warnings } from './staff-letter-parts.tsx';
import { RelationForm } from './relations.tsx';
import { UndoBar } from './undo-bar.tsx';
import { holds, mayAct, TakeBack, UnitBar, UnitPanels } from './unit-forms.tsx';
import { Viewer, type ViewerPlace } from './viewer.tsx';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { StaffQueue } from '../../src/desk/letters/staff-queue.ts';
import type { StockReason } from '../../src/desk/administration/stock-reasons.ts';

export interface StaffLetterPageProps {
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
  goesOn: boolean;
  decided?: StaffLetter | undefined;
  keys: boolean;
  form: string | undefined;
  reading: ViewerPlace;
}

const hrefOf = ({ id }: Pick<StaffLetter, 'id'>): string => `/staff/letters/${id}`;

const TopBar = ({ view, letter, readers, queue, place }: StaffLetterPageProps) => {
  const query = placeQuery(place);
  return (
    <div class="letter-bar">
      <BackLink href={`/staff?${query}`} label={view.text.staffLetter.backToQueue} go="queue" />
      <ReadersNotice view={view} names={readers} href={hrefOf(letter)} />
      <LetterSteps {...{ view, place, queue }} letterId={letter.id} />
      <KeysLink view={view} />
      <a class="quiet-link no-print" href={`/staff?${query}#q`} data-go="search">
        <Icon name="search" />
        {view.text.queue.search.submit}
      </a>
    </div>
  );
};

const Due = ({
  view,
  deadline: { dueOn, left, state },
}: {
  view: View;
  deadline: NonNullable<StaffLetter['deadline']>;
}) => (
  <>
    {dueOn === null ? view.text.deadline.paused(view.digits(left)) : view.day(dueOn)}
    {state === 'overdue' && (
      <>
        {' '}
        <strong class="overdue">
          <Icon name="alert" />
          {view.text.deadline.overdue}
        </strong>
      </>
    )}
  </>
);

const Headline = ({ view, letter }: StaffLetterPageProps) => {
  const { facts } = view.text;
  return (
    <header class="headline">
      <LetterHead view={view} letter={letter} />
      <dl class="headline__facts">
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
        {letter.deadline && (
          <div>
            <dt>{view.text.staffLetter.deadline}</dt>
            <dd>
              <Due view={view} deadline={letter.deadline} />
            </dd>
          </div>
        )}
      </dl>
    </header>
  );
};

const NotHeld = ({
  view,
  staff,
  letter,
}: Pick<StaffLetterPageProps, 'view' | 'staff' | 'letter'>) =>
  letter.consultations.some(
    ({ unitId, endedAt, outcome }) =>
      staff.unitIds.includes(unitId) && (endedAt === null || outcome === 'answered'),
  ) ? (
    <ConsultedNotice {...{ view, staff, letter }} />
  ) : (
    <NoticeBox tone="info" icon="forward">
      {view.text.staffLetter.referredAway} <bdi>{letter.unit}</bdi>
    </NoticeBox>
  );

const Notices = ({ view, staff, letter, draft, notice, decided }: StaffLetterPageProps) => (
  <>
    <ErrorSummary view={view} problems={draft.problems} />
    {!decided && <Notice view={view} code={notice} />}
    {isOfUnit(staff) && !holds(staff, letter) && <NotHeld {...{ view, staff, letter }} />}
    <Warnings view={view} letter={letter} />
    <ErasedNotice view={view} letter={letter} />
    <DamagedNotice view={view} letter={letter} forStaff />
  </>
);

const Undo = ({ view, letter, decided, goesOn, place }: StaffLetterPageProps) => {
  const queue = placeQuery(place);
  return (
    <>
      {decided && (
        <DecidedNotice
          view={view}
          letter={decided}
          href={`${hrefOf(decided)}?${queue}`}
          queue={queue}
        />
      )}
      <UndoBar view={view} letter={letter} {...(goesOn && { queue })} />
    </>
  );
};

const Side = (props: StaffLetterPageProps & { children: Child }) => {
  const { view, staff, letter, units, draft, reasons, place, goesOn, keys } = props;
  const [decides, acts, annuls, opines] = [
    mayDecide(staff, letter),
    mayAct(staff, letter),
    mayAnnul(staff, letter),
    mayOpine(staff, letter),
  ];
  const isFree = letter.step === 'with_unit' && letter.heldReply === undefined;
  const usual = acts && isFree ? ('reply' as const) : undefined;
  const forms = {
    view,
    href: hrefOf(letter),
    open: openForm(view, { draft, asked: props.form, usual: opines ? 'opine' : usual }),
    ...(goesOn && { queue: placeQuery(place) }),
    keys,
  };
  const shared = { view, letter, units, draft, reasons, forms };
  const hasDock =
    [decides, acts, annuls, opines].includes(true) ||
    props.decided !== undefined ||
    letter.recallableId !== undefined;
  return (
    <div class="reading__side">
      {(hasDock || letter.openDecision?.undoId !== undefined) && (
        <div class={decides ? 'dock dock--decision no-print' : 'dock no-print'} data-dock="">
          <Undo {...props} />
          {decides && <DecisionBar {...shared} />}
          <TakeBack view={view} letter={letter} />
          {opines && <OpinionBar {...shared} />}
          {acts && <UnitBar {...shared} />}
          {annuls && <AnnulBar {...shared} />}
        </div>
      )}
      <HeldReplyPanel {...{ view, letter, draft, acts }} />
      {decides && <DecisionPanels {...shared} />}
      {opines && <OpinionPanel {...shared} staff={staff} />}
      {acts && <UnitPanels {...shared} />}
      {annuls && <AnnulPanel {...shared} />}
      {props.children}
    </div>
  );
};

const Course = ({ view, staff, letter, draft }: StaffLetterPageProps) => (
  <div class="reading__course">
    <RelatedLetters view={view} related={letter.related} base="/staff/letters" />
    <RelationForm {...{ view, staff, letter, draft }} />
    <Versions view={view} letter={letter} />
    <Questions view={view} questions={letter.questions} letterHref={hrefOf(letter)} />
    <Consultations {...{ view, letter }} mayWithdraw={mayAct(staff, letter)} />
    <Replies view={view} replies={letter.replyList} letterHref={hrefOf(letter)} />
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">{view.text.letter.timeline}</h2>
      <LetterPath view={view} timeline={letter.timeline} />
      <StaffTimeline
        view={view}
        entries={letter.timeline}
        internal={letter.internalEntries}
        rungs={letter.rungs}
      />
    </section>
    <Messages view={view} messages={letter.messages} />
  </div>
);

export const StaffLetterPage = (props: StaffLetterPageProps) => {
  const { view, staff, letter, draft, queue, place, keys, reading } = props;
  const href = hrefOf(letter);
  return (
    <StaffLayout
      view={view}
      title={subjectOf(view, letter)}
      staff={staff}
      hasProblems={Object.keys(draft.problems).length > 0}
      style={view.paths.staffLetterStyle}
    >
      <div class="split">
        <QueueBeside {...{ view, place, queue }} letterId={letter.id} />
        <div>
          <TopBar {...props} />
          <Notices {...props} />
          <article
            data-state={letter.status}
            data-step={letter.step ?? undefined}
            data-annulled={letter.annulledAt === null ? undefined : ''}
            aria-labelledby="subject"
          >
            <Headline {...props} />
            <div class="reading">
              {letter.erasedAt === null && (
                <Viewer
                  {...{ view, href }}
                  files={letter.files}
                  previews={letter.previews}
                  query={placeQuery(place)}
                  place={reading}
                  mayTurn={staff.role !== 'auditor'}
                />
              )}
              <Side {...props}>
                <Facts view={view} letter={letter} href={href} />
              </Side>
              <Course {...props} />
            </div>
          </article>
        </div>
      </div>
      <KeysSheet view={view} on={keys} />
      <script type="module" src={view.paths.staffLetter} />
    </StaffLayout>
  );
};
