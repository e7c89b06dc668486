import type { TimelineEntry } from '../../src/usecases/desk.ts';
import type { View } from '../view.ts';
import { Unreadable } from './erased.tsx';
import { LetterNumber, Moment } from './letter-facts.tsx';

interface TimelineProps {
  view: View;
  entries: TimelineEntry[];
}

/** Where the letter has been, oldest first. */
export const Timeline = ({ view, entries }: TimelineProps) => (
  <ol class="timeline">
    {entries.map(({ action, at, details, damaged }) => (
      <li class={`timeline__entry timeline__entry--${action}`}>
        <p class="timeline__what">
          {view.text.timeline[action]}
          {details.letterNumber !== undefined && (
            <>
              {' '}
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
    ))}
  </ol>
);
