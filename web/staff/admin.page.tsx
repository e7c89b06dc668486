import type { Child } from 'hono/jsx';
import { formatMobileLocal } from '../../src/platform/base/mobile.ts';
import { ROLES, STOCK_REASON_KINDS } from '../../src/desk/administration/administration.ts';
import type {
  AdministeredMember,
  AdministeredReason,
  AdministeredUnit,
  MemberAct,
  MemberFields,
} from '../../src/desk/administration/administration.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { CardTable } from '../components/card-table.tsx';
import { Unreadable } from '../components/erased.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { SelectField, TextAreaField, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { MOST_UNITS, unitFieldId } from './admin.form.ts';

interface AdminProps {
  view: View;
  staff: StaffMember;
}

const HOME = '/staff/admin';

const Units = ({ view, staff, units }: AdminProps & { units: AdministeredUnit[] }) => {
  const words = view.text.admin.units;
  const { columns } = words;
  return (
    <section class="admin-part" aria-labelledby="units">
      <h2 id="units">{words.heading}</h2>
      {staff.role === 'admin' && (
        <p class="actions">
          <a class="button button--secondary" href={`${HOME}/units/new`}>
            <Icon name="plus" />
            {words.add}
          </a>
        </p>
      )}
      <CardTable
        labelledBy="units"
        rows={units}
        columns={[
          {
            head: columns.name,
            class: 'queue__subject',
            cell: ({ id, name }) =>
              staff.role === 'admin' ? (
                <a href={`${HOME}/units/${id}`}>
                  <bdi>{name}</bdi>
                </a>
              ) : (
                <bdi>{name}</bdi>
              ),
          },
          {
            head: columns.undecided,
            labelled: true,
            cell: ({ letters }) => view.digits(letters.undecided),
          },
          { head: columns.open, labelled: true, cell: ({ letters }) => view.digits(letters.open) },
          {
            head: columns.state,
            labelled: true,
            cell: ({ retired }) => (retired ? words.retired : words.active),
          },
        ]}
      />
    </section>
  );
};

const Members = ({
  view,
  staff,
  members,
  units,
}: AdminProps & { members: AdministeredMember[]; units: AdministeredUnit[] }) => {
  const words = view.text.admin.members;
  const { columns } = words;
  const nameOf = (unitId: string): string => units.find(({ id }) => id === unitId)?.name ?? '';
  return (
    <section class="admin-part" aria-labelledby="members">
      <h2 id="members">{words.heading}</h2>
      {staff.role === 'admin' && (
        <p class="actions">
          <a class="button button--secondary" href={`${HOME}/members/new`}>
            <Icon name="plus" />
            {words.add}
          </a>
        </p>
      )}
      <CardTable
        labelledBy="members"
        rows={members}
        columns={[
          {
            head: columns.name,
            class: 'queue__subject',
            cell: ({ id, name, username }) => (
              <>
                {staff.role === 'admin' ? (
                  <a href={`${HOME}/members/${id}`}>
                    <bdi>{name}</bdi>
                  </a>
                ) : (
                  <bdi>{name}</bdi>
                )}{' '}
                <bdi class="muted" dir="ltr">
                  {username}
                </bdi>
              </>
            ),
          },
          {
            head: columns.role,
            labelled: true,
            cell: ({ role, unitIds }) => (
              <>
                {view.text.account.roles[role]}
                {unitIds.map((id) => (
                  <>
                    {view.text.punctuation.comma}
                    <bdi>{nameOf(id)}</bdi>
                  </>
                ))}
              </>
            ),
          },
          {
            head: columns.mobile,
            labelled: true,
            cell: ({ mobile, damaged }) => {
              if (damaged?.includes('mobile')) return <Unreadable view={view} />;
              return mobile === null ? (
                <span class="muted">{words.noMobile}</span>
              ) : (
                <bdi dir="ltr">{view.digits(formatMobileLocal(mobile))}</bdi>
              );
            },
          },
          {
            head: columns.secondFactor,
            labelled: true,
            cell: ({ secondFactor, damaged }) => {
              if (damaged?.includes('totpSecret')) return <Unreadable view={view} />;
              return secondFactor ? words.has : words.hasNot;
            },
          },
          {
            head: columns.state,
            labelled: true,
            cell: ({ disabled }) => (disabled ? words.disabled : words.active),
          },
        ]}
      />
    </section>
  );
};

const Reasons = ({ view, staff, reasons }: AdminProps & { reasons: AdministeredReason[] }) => {
  const words = view.text.admin.reasons;
  const { columns } = words;
  return (
    <section class="admin-part" aria-labelledby="reasons">
      <h2 id="reasons">{words.heading}</h2>
      <p class="muted">{words.lead}</p>
      {staff.role === 'admin' && (
        <p class="actions">
          <a class="button button--secondary" href={`${HOME}/reasons/new`}>
            <Icon name="plus" />
            {words.add}
          </a>
        </p>
      )}
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
                  <a href={`${HOME}/reasons/${id}`}>
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

export const AdminPage = ({
  view,
  staff,
  units,
  members,
  reasons,
  notice,
}: AdminProps & {
  units: AdministeredUnit[];
  reasons: AdministeredReason[];
  members: AdministeredMember[];
  notice: string | undefined;
}) => {
  const words = view.text.admin;
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      <BackLink href="/staff" label={view.text.staffLetter.backToQueue} />
      <Notice view={view} code={notice} />
      <h1>{words.title}</h1>
      {staff.role !== 'admin' && <p class="muted">{words.readOnly}</p>}
      <p>
        <a class="standing-link" href={`${HOME}/statistics`}>
          {view.text.statistics.link}
        </a>
      </p>
      <p>
        <a class="standing-link" href="/staff/audit">
          {view.text.audit.link}
        </a>
      </p>
      <p>
        <a class="standing-link" href={`${HOME}/calendar`}>
          {words.calendar.link}
        </a>
      </p>
      <Members view={view} staff={staff} members={members} units={units} />
      <Units view={view} staff={staff} units={units} />
      <Reasons view={view} staff={staff} reasons={reasons} />
    </StaffLayout>
  );
};

const FormFrame = ({
  view,
  staff,
  title,
  problems = {},
  stale = false,
  children,
}: AdminProps & { title: string; problems?: Problems; stale?: boolean; children: Child }) => (
  <StaffLayout
    view={view}
    title={title}
    staff={staff}
    hasProblems={Object.keys(problems).length > 0}
  >
    <div class="narrow">
      <BackLink href={HOME} label={view.text.admin.title} />
      <ErrorSummary view={view} problems={problems} />
      {stale && (
        <NoticeBox tone="warning" role="status">
          {view.text.admin.stale}
        </NoticeBox>
      )}
      {children}
    </div>
  </StaffLayout>
);

const Submit = ({ label }: { label: string }) => (
  <div class="actions">
    <button type="submit" class="button">
      {label}
    </button>
  </div>
);

export const UnitPage = ({
  view,
  staff,
  unit,
  typed,
  problems = {},
  stale = false,
}: AdminProps & {
  /** Undefined: a new one. */
  unit: AdministeredUnit | undefined;
  typed?: string | undefined;
  problems?: Problems;
  stale?: boolean;
}) => {
  const words = view.text.admin.units;
  const title = unit ? words.editTitle : words.addTitle;
  const action = unit ? `${HOME}/units/${unit.id}` : `${HOME}/units/new`;
  return (
    <FormFrame view={view} staff={staff} title={title} problems={problems} stale={stale}>
      <div class="card">
        <h1>{title}</h1>
        <form method="post" action={action} novalidate>
          {unit && <input type="hidden" name="version" value={String(unit.version)} />}
          <TextField
            id="name"
            label={words.name}
            hint={unit ? words.renameHint : words.nameHint}
            problem={problems.name}
            value={typed ?? unit?.name ?? ''}
          />
          <Submit label={unit ? words.rename : words.add} />
        </form>
      </div>
      {unit && !unit.retired && (
        <section class="card" aria-labelledby="retire">
          <h2 id="retire">{words.retireHeading}</h2>
          <p>{words.retireText}</p>
          <p>
            {words.retireLetters(
              view.digits(unit.letters.undecided),
              view.digits(unit.letters.open),
            )}
          </p>
          <form method="post" action={`${action}/retirement`}>
            <input type="hidden" name="version" value={String(unit.version)} />
            <div class="actions">
              <button type="submit" class="button button--reject">
                <Icon name="minus" />
                {words.retire}
              </button>
            </div>
          </form>
        </section>
      )}
    </FormFrame>
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
  /** Undefined: a new one. */
  reason: AdministeredReason | undefined;
  typed?: { kind: string; text: string } | undefined;
  problems?: Problems;
  stale?: boolean;
}) => {
  const words = view.text.admin.reasons;
  const title = reason ? words.editTitle : words.addTitle;
  const action = reason ? `${HOME}/reasons/${reason.id}` : `${HOME}/reasons/new`;
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
          <form method="post" action={`${action}/retirement`}>
            <input type="hidden" name="version" value={String(reason.version)} />
            <div class="actions">
              <button type="submit" class="button button--reject">
                <Icon name="minus" />
                {words.retire}
              </button>
            </div>
          </form>
        </section>
      )}
    </FormFrame>
  );
};

/** What stands behind a member, one form for each. */
const ACTS: readonly MemberAct[] = ['end_sessions', 'reset_password', 'reset_factors', 'disable'];

/** After it the member is out. */
const isGrave = (act: MemberAct): boolean => act === 'disable';

const Acts = ({ view, member }: { view: View; member: AdministeredMember }) => {
  const words = view.text.admin.members;
  return (
    <section class="card" aria-labelledby="acts">
      <h2 id="acts">{words.actsHeading}</h2>
      {(member.disabled ? (['enable'] as const) : ACTS).map((act) => (
        <form method="post" action={`${HOME}/members/${member.id}/acts`} class="admin-act">
          <input type="hidden" name="version" value={String(member.version)} />
          <input type="hidden" name="act" value={act} />
          <p id={`${act}-text`}>{words.acts[act].text}</p>
          <button
            type="submit"
            class={isGrave(act) ? 'button button--reject' : 'button button--secondary'}
            aria-describedby={`${act}-text`}
          >
            {words.acts[act].label}
          </button>
        </form>
      ))}
    </section>
  );
};

export const MemberPage = ({
  view,
  staff,
  units,
  member,
  typed,
  problems = {},
  stale = false,
}: AdminProps & {
  units: AdministeredUnit[];
  /** Undefined: a new one. */
  member: AdministeredMember | undefined;
  typed?: (MemberFields & { username: string }) | undefined;
  problems?: Problems;
  stale?: boolean;
}) => {
  const words = view.text.admin.members;
  const title = member ? words.editTitle : words.addTitle;
  const action = member ? `${HOME}/members/${member.id}` : `${HOME}/members/new`;
  const values = typed ?? {
    username: '',
    name: member?.name ?? '',
    role: member?.role ?? '',
    mobile: member?.mobile ? formatMobileLocal(member.mobile) : '',
    unitIds: member?.unitIds ?? [],
  };
  const unitFields = Math.min(MOST_UNITS, values.unitIds.length + 1);
  return (
    <FormFrame view={view} staff={staff} title={title} problems={problems} stale={stale}>
      {member?.damaged?.map((part) => (
        <NoticeBox tone="warning">{words.damaged[part]}</NoticeBox>
      ))}
      <div class="card">
        <h1>{title}</h1>
        {member && (
          <p class="muted">
            {view.text.account.facts.username}: <bdi dir="ltr">{member.username}</bdi>
          </p>
        )}
        <form method="post" action={action} novalidate>
          {member ? (
            <input type="hidden" name="version" value={String(member.version)} />
          ) : (
            <TextField
              id="username"
              label={view.text.account.facts.username}
              hint={words.usernameHint}
              problem={problems.username}
              value={values.username}
              latin
            />
          )}
          <TextField
            id="name"
            label={words.name}
            problem={problems.name}
            value={values.name}
            autocomplete="off"
          />
          <SelectField
            id="role"
            label={words.role}
            problem={problems.role}
            value={values.role}
            prompt={words.roleChoose}
            options={ROLES.map((role) => ({ value: role, label: view.text.account.roles[role] }))}
          />
          {Array.from({ length: unitFields }, (_, index) => (
            <SelectField
              id={unitFieldId(index)}
              label={words.unit(view.digits(index + 1))}
              hint={index === 0 ? words.unitHint : undefined}
              problem={index === 0 ? problems.unit1 : undefined}
              value={values.unitIds[index]}
              prompt={words.noUnit}
              options={units
                .filter(({ retired, id }) => !retired || values.unitIds.includes(id))
                .map(({ id, name }) => ({ value: id, label: name }))}
            />
          ))}
          <TextField
            id="mobile"
            label={words.mobile}
            hint={words.mobileHint}
            problem={problems.mobile}
            value={values.mobile}
            type="tel"
            inputmode="tel"
            width="phone"
            latin
          />
          <Submit label={member ? words.save : words.add} />
        </form>
      </div>
      {member &&
        (member.id === staff.id ? (
          <NoticeBox tone="info">{words.ownActs}</NoticeBox>
        ) : (
          <Acts view={view} member={member} />
        ))}
    </FormFrame>
  );
};

/** The only time that the password is shown. */
export const OneTimePasswordPage = ({
  view,
  staff,
  password,
  hours,
}: AdminProps & { password: string; hours: number }) => {
  const words = view.text.admin.password;
  return (
    <FormFrame view={view} staff={staff} title={words.title}>
      <div class="card">
        <h1>{words.title}</h1>
        <p>{words.text(view.digits(hours))}</p>
        <p class="handed-over">
          <bdi dir="ltr" class="code secret">
            {password}
          </bdi>
        </p>
      </div>
    </FormFrame>
  );
};
