import { STOCK_REASON_KINDS } from '../../src/desk/administration/stock-reasons.ts';
import type { AdministeredReason } from '../../src/desk/administration/stock-reasons.ts';
import { CardTable } from '../components/card-table.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { SelectField, TextAreaField } from '../components/field.tsx';
import { ADMIN_HOME } from './admin-areas.ts';
import { FormFrame, ListFrame, RetireForm, Submit } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

export const ReasonsPage = ({
  view,
  staff,
  reasons,
  notice,
}: AdminProps & { reasons: AdministeredReason[]; notice: string | undefined }) => {
  const words = view.text.admin.reasons;
  const { columns } = words;
  return (
    <ListFrame view={view} staff={staff} list="reasons" add={words.add} notice={notice}>
      <p class="muted">{words.lead}</p>
      {reasons.length === 0 ? (
        <p class="card empty">{words.empty}</p>
      ) : (
        <CardTable
          labelledBy="reasons"
          rows={reasons}
          columns={[
            {
              head: columns.text,
              class: 'queue__subject',
              cell: ({ id, text, retired }) =>
                staff.role === 'admin' && !retired ? (
                  <a href={`${ADMIN_HOME}/reasons/${id}`}>
                    <bdi>{text}</bdi>
                  </a>
                ) : (
                  <bdi>{text}</bdi>
                ),
            },
            { head: columns.kind, labelled: true, cell: ({ kind }) => words.kinds[kind] },
            {
              head: columns.state,
              labelled: true,
              cell: ({ retired }) => (retired ? words.retired : words.active),
            },
          ]}
        />
      )}
    </ListFrame>
  );
};

export const ReasonPage = ({
  view,
  staff,
  reason,
  typed,
  problems = {},
  stale = false,
}: AdminProps & {
  reason: AdministeredReason | undefined;
  typed?: { kind: string; text: string } | undefined;
  problems?: Problems;
  stale?: boolean;
}) => {
  const words = view.text.admin.reasons;
  const title = reason ? words.editTitle : words.addTitle;
  const action = reason ? `${ADMIN_HOME}/reasons/${reason.id}` : `${ADMIN_HOME}/reasons/new`;
  return (
    <FormFrame {...{ view, staff, title, problems, stale }} list="reasons">
      <div class="card">
        <h1>{title}</h1>
        <form method="post" action={action} novalidate>
          {reason ? (
            <>
              <input type="hidden" name="version" value={String(reason.version)} />
              <p class="muted">
                {words.kind}: {words.kinds[reason.kind]}
              </p>
            </>
          ) : (
            <SelectField
              id="kind"
              label={words.kind}
              problem={problems.kind}
              value={typed?.kind}
              prompt={words.kindChoose}
              options={STOCK_REASON_KINDS.map((kind) => ({
                value: kind,
                label: words.kinds[kind],
              }))}
            />
          )}
          <TextAreaField
            id="text"
            label={words.text}
            hint={reason ? `${words.textHint} ${words.changeHint}` : words.textHint}
            problem={problems.text}
            value={typed?.text ?? reason?.text ?? ''}
          />
          <Submit label={reason ? words.save : words.add} />
        </form>
      </div>
      {reason && (
        <section class="card" aria-labelledby="retire">
          <h2 id="retire">{words.retireHeading}</h2>
          <p>{words.retireText}</p>
          <RetireForm action={action} version={reason.version} label={words.retire} />
        </section>
      )}
    </FormFrame>
  );
};
