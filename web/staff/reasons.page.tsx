import { STOCK_REASON_KINDS } from '../../src/desk/administration/administration.ts';
import type { AdministeredReason } from '../../src/desk/administration/administration.ts';
import { CardTable } from '../components/card-table.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { SelectField, TextAreaField } from '../components/field.tsx';
import { AddLink, ADMIN_HOME, FormFrame, RetireForm, Submit } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

export const ReasonList = ({
  view,
  staff,
  reasons,
}: AdminProps & { reasons: AdministeredReason[] }) => {
  const words = view.text.admin.reasons;
  const { columns } = words;
  return (
    <section class="admin-part" aria-labelledby="reasons">
      <h2 id="reasons">{words.heading}</h2>
      <p class="muted">{words.lead}</p>
      {staff.role === 'admin' && <AddLink href={`${ADMIN_HOME}/reasons/new`} label={words.add} />}
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
    </section>
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
  /** Undefined on the page that adds one. */
  reason: AdministeredReason | undefined;
  typed?: { kind: string; text: string } | undefined;
  problems?: Problems;
  stale?: boolean;
}) => {
  const words = view.text.admin.reasons;
  const title = reason ? words.editTitle : words.addTitle;
  const action = reason ? `${ADMIN_HOME}/reasons/${reason.id}` : `${ADMIN_HOME}/reasons/new`;
  return (
    <FormFrame view={view} staff={staff} title={title} problems={problems} stale={stale}>
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
