import type { View } from '../view.ts';
import { Unreadable } from './erased.tsx';
import { Icon } from './icon.tsx';
import { LetterNumber, Moment } from './letter-facts.tsx';
import type { TimelineEntry } from '../../src/desk/letters/letter-detail.ts';
import type { FiredRung } from '../../src/desk/letters/rungs.ts';
import type { InternalEntry } from '../../src/desk/letters/staff-letter.ts';

interface TimelineProps {
  view: View;
  entries: TimelineEntry[];
}

export const Timeline = ({ view, entries }: TimelineProps) => (
  <ol class="timeline">
    {entries.map((entry) => (
      <Entry view={view} entry={entry} />
    ))}
  </ol>
);

interface StaffTimelineProps extends TimelineProps {
  internal: InternalEntry[];
  rungs: FiredRung[];
}

export const StaffTimeline = ({ view, entries, internal, rungs }: StaffTimelineProps) => {
  const all = [
    ...entries.map((entry) => ({ at: entry.at, row: <Entry view={view} entry={entry} /> })),
    ...internal.map((entry) => ({ at: entry.at, row: <Internal view={view} entry={entry} /> })),
    ...rungs.map((rung) => ({ at: rung.firedAt, row: <Rung view={view} rung={rung} /> })),
  ];
  all.sort((a, b) => a.at.getTime() - b.at.getTime());
  return <ol class="timeline">{all.map(({ row }) => row)}</ol>;
};

const Internal = ({ view, entry }: { view: View; entry: InternalEntry }) => (
  <li class="timeline__entry timeline__entry--internal" data-internal="">
    <InternalHeading view={view} kind={entry.kind} />
    <p class="timeline__unit">
      <bdi>{entry.by}</bdi>
      {view.text.punctuation.comma}
      <bdi>{entry.unit}</bdi>
    </p>
    {entry.asked !== undefined && entry.asked.length > 0 && (
      <p class="timeline__unit">
        {view.text.consultation.from} <bdi>{entry.asked.join(view.text.punctuation.comma)}</bdi>
      </p>
    )}
    {(entry.note !== null || entry.damaged) && (
      <p class="timeline__text user-text" dir="auto">
        {entry.damaged ? <Unreadable view={view} /> : entry.note?.reveal()}
      </p>
    )}
    <p class="timeline__when">
      <Moment view={view} at={entry.at} />
    </p>
  </li>
);

const InternalHeading = ({
  view,
  kind,
}: {
  view: View;
  kind: InternalEntry['kind'] | FiredRung['rung'];
}) => (
  <p class="timeline__what">
    {view.text.staffLetter.internal[kind]}{' '}
    <span class="internal-mark">
      <Icon name="lock" />
      {view.text.staffLetter.internal.mark}
    </span>
  </p>
);

const Rung = ({ view, rung: { rung, unit, firedAt } }: { view: View; rung: FiredRung }) => (
  <li class="timeline__entry timeline__entry--internal" data-internal="" data-rung={rung}>
    <InternalHeading view={view} kind={rung} />
    <p class="timeline__unit">
      <bdi>{unit}</bdi>
    </p>
    <p class="timeline__when">
      <Moment view={view} at={firedAt} />
    </p>
  </li>
);

const Entry = ({
  view,
  entry: { action, at, details, damaged },
}: {
  view: View;
  entry: TimelineEntry;
}) => (
  <li class={`timeline__entry timeline__entry--${action}`}>
    <p class="timeline__what">
      {view.text.timeline[action]}
      {details.letterNumber !== undefined && (
        <>
          {view.text.punctuation.comma}
          {view.text.timelineNumber}{' '}
          <span class="timeline__number">
            <LetterNumber view={view} number={details.letterNumber} />
          </span>
        </>
      )}
    </p>
    {details.unit !== undefined && (
      <p class="timeline__unit">
        <bdi>{details.unit}</bdi>
      </p>
    )}
    {details.text !== undefined && details.text !== '' && (
      <p class="timeline__text user-text" dir="auto">
        {details.text}
      </p>
    )}
    {damaged && (
      <p class="timeline__text">
        <Unreadable view={view} />
      </p>
    )}
    <p class="timeline__when">
      <Moment view={view} at={at} />
    </p>
  </li>
);
