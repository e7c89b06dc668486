import type { TypedDay, TypedHours } from '../../src/desk/administration/working-calendar.ts';
import type { PostedForm } from '../http/form-reader.ts';

const WEEKDAYS = 7;

export const opensField = (weekday: number): string => `opens${weekday}`;
export const closesField = (weekday: number): string => `closes${weekday}`;

export const readWeek = (form: PostedForm): TypedHours[] =>
  Array.from({ length: WEEKDAYS }, (_, weekday) => ({
    opens: form.field(opensField(weekday)),
    closes: form.field(closesField(weekday)),
  }));

export const readDay = (form: PostedForm): TypedDay => ({
  day: form.field('day'),
  kind: form.field('kind'),
  hours: { opens: form.field('dayOpens'), closes: form.field('dayCloses') },
  name: form.field('name'),
});
