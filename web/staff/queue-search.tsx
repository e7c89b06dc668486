import { gregorianDayOf } from '../../src/platform/base/jalali-day.ts';
import type { Unit } from '../../src/desk/administration/units.ts';
import { SelectField, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import type { View } from '../view.ts';
import { HISTORIES, isNarrowed, type QueuePlace } from './queue-place.ts';

interface QueueSearchProps {
  view: View;
  place: QueuePlace;
  units: Unit[];
}

const DayField = ({
  view,
  id,
  value,
}: Pick<QueueSearchProps, 'view'> & { id: 'since' | 'until'; value: string | undefined }) => {
  const words = view.text.queue.filters;
  const isWrong = value !== undefined && gregorianDayOf(value) === undefined;
  return (
    <TextField
      id={id}
      label={words[id]}
      {...(isWrong ? { problem: words.dayWrong } : { hint: words.dayHint })}
      value={value ?? ''}
      width="phone"
      latin
    />
  );
};

const Filters = ({ view, place, units }: QueueSearchProps) => {
  const { search: words, filters } = view.text.queue;
  return (
    <details class="fold queue-filters" open={isNarrowed(place)}>
      <summary>{filters.fold}</summary>
      <div class="queue-filters__fields">
        <SelectField
          id="queue-unit"
          name="unit"
          label={words.unit}
          prompt={words.allUnits}
          value={place.unitId}
          options={units.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <SelectField
          id="history"
          label={filters.history}
          prompt={filters.anyHistory}
          value={place.history}
          options={HISTORIES.map((name) => ({ value: name, label: filters.histories[name] }))}
        />
        <SelectField
          id="order"
          label={words.order}
          prompt={words.usualOrder}
          value={place.order}
          options={[
            { value: 'oldest', label: words.oldest },
            { value: 'newest', label: words.newest },
            { value: 'due', label: words.due },
          ]}
        />
        <DayField view={view} id="since" value={place.since} />
        <DayField view={view} id="until" value={place.until} />
        <div class="actions">
          <button type="submit" class="button button--secondary">
            {filters.submit}
          </button>
          {isNarrowed(place) && (
            <a class="standing-link" href={`/staff?filter=${place.filter}`}>
              {filters.clear}
            </a>
          )}
        </div>
      </div>
    </details>
  );
};

export const QueueSearch = (props: QueueSearchProps) => {
  const { view, place } = props;
  const words = view.text.queue.search;
  return (
    <form class="queue-search no-print" role="search" method="get" action="/staff">
      <input type="hidden" name="filter" value={place.filter} />
      {place.overdue && <input type="hidden" name="overdue" value="1" />}
      {place.claim && <input type="hidden" name="claim" value={place.claim} />}
      <div class="queue-search__line">
        <TextField id="q" label={words.label} type="search" value={place.search} />
        <button type="submit" class="button button--secondary">
          <Icon name="search" />
          {words.submit}
        </button>
      </div>
      <Filters {...props} />
    </form>
  );
};
