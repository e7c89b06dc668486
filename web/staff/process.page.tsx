import { BOXES, STAYS_OF_DAYS } from '../../src/desk/letters/process-map.ts';
import type { ProcessBox } from '../../src/desk/letters/process-map.ts';
import { CardTable } from '../components/card-table.tsx';
import type { View } from '../view.ts';
import { AdminPage } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';
import { ProcessMap } from './process-map.tsx';
import { durationText } from './statistics-durations.ts';

const NONE = '—';

const Late = ({ view, box: { name, late } }: { view: View; box: ProcessBox }) => {
  if (late === undefined) return <>{NONE}</>;
  const count = view.digits(late);
  return late === 0 ? (
    <>{count}</>
  ) : (
    <a href={`/staff?filter=${BOXES[name].queue}&overdue=1`}>{count}</a>
  );
};

export const ProcessPage = ({ view, staff, boxes }: AdminProps & { boxes: ProcessBox[] }) => {
  const words = view.text.admin.process;
  const { columns } = words;
  return (
    <AdminPage view={view} staff={staff} area="process">
      <p class="muted">{words.lead(view.digits(STAYS_OF_DAYS))}</p>
      <ProcessMap view={view} boxes={boxes} />
      <section class="admin-part" aria-labelledby="steps">
        <h2 id="steps">{words.table}</h2>
        <CardTable
          labelledBy="steps"
          rows={boxes}
          columns={[
            { head: columns.step, isRowHead: true, cell: ({ name }) => words.boxes[name] },
            {
              head: columns.letters,
              labelled: true,
              cell: ({ letters }) => view.digits(letters),
            },
            { head: columns.late, labelled: true, cell: (box) => <Late view={view} box={box} /> },
            {
              head: columns.median,
              labelled: true,
              cell: ({ stay }) => (stay === null ? NONE : durationText(view, stay.median)),
            },
            {
              head: columns.p90,
              labelled: true,
              cell: ({ stay }) => (stay === null ? NONE : durationText(view, stay.p90)),
            },
          ]}
        />
      </section>
    </AdminPage>
  );
};
