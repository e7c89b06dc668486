import { Personal, subjectOf } from '../components/erased.tsx';
import { Icon } from '../components/icon.tsx';
import type { View } from '../view.ts';
import { neighboursOf, placeQuery, type QueuePlace } from './queue-place.ts';
import { Waiting } from './waiting.tsx';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';
import type { StaffQueue } from '../../src/desk/letters/staff-queue.ts';

export interface QueueBesideProps {
  view: View;
  place: QueuePlace;
  queue: StaffQueue;
  letterId: string;
}

const hrefOf = (letterId: string, place: QueuePlace): string =>
  `/staff/letters/${letterId}?${placeQuery(place)}`;

// A letter that a colleague works on is passed over.
const nextHref = (letterId: string, place: QueuePlace): string =>
  `/staff/next?${placeQuery(place)}&after=${letterId}`;

// As many as fit beside a letter without scrolling.
const SHOWN = 7;
const BEFORE = 2;

const around = (letters: LetterSummary[], letterId: string): LetterSummary[] => {
  const at = letters.findIndex(({ id }) => id === letterId);
  const start = Math.max(0, Math.min(at - BEFORE, letters.length - SHOWN));
  return letters.slice(start, start + SHOWN);
};

export const QueueBeside = ({ view, place, queue, letterId }: QueueBesideProps) => {
  const words = view.text.queue;
  return (
    <nav class="beside no-print" aria-label={words.besideLabel}>
      <a class="skip" href="#subject">
        {words.skip}
      </a>
      <div class="beside__sheet">
        <p class="beside__head">
          <a href={`/staff?${placeQuery(place)}`}>
            {place.search === '' ? words.tabs[place.filter] : words.search.results}
          </a>{' '}
          <span class="count">{view.digits(queue.found)}</span>
        </p>
        {queue.letters.length === 0 ? (
          <p class="muted">{place.search === '' ? words.empty[place.filter] : words.search.none}</p>
        ) : (
          <ul class="beside__list" data-list="">
            {around(queue.letters, letterId).map((letter) => (
              <li>
                <a
                  href={hrefOf(letter.id, place)}
                  aria-current={letter.id === letterId ? ('page' as const) : undefined}
                >
                  <bdi class="beside__subject">{subjectOf(view, letter)}</bdi>
                  <span class="beside__facts">
                    <Personal view={view} letter={letter} text={letter.senderName} />{' '}
                    <Waiting view={view} letter={letter} />
                  </span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </div>
    </nav>
  );
};

export const LetterSteps = ({ view, place, queue, letterId }: QueueBesideProps) => {
  const words = view.text.queue;
  const { previous, next } = neighboursOf(queue.letters, letterId);
  if (previous === undefined && next === undefined) return null;
  return (
    <nav class="letter-steps no-print" aria-label={words.stepsLabel}>
      {previous !== undefined && (
        <a class="button button--small" href={hrefOf(previous, place)} data-go="previous">
          <Icon name="back" />
          {words.previous}
        </a>
      )}
      {next !== undefined && (
        <a class="button button--small" href={nextHref(letterId, place)} data-go="next">
          {words.next}
          <Icon name="forward" />
        </a>
      )}
    </nav>
  );
};
