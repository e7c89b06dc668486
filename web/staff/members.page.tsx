import { formatMobileLocal } from '../../src/platform/base/mobile.ts';
import { ROLES, MEMBER_ACTS } from '../../src/desk/administration/members.ts';
import type {
  AdministeredMember,
  MemberAct,
  MemberFields,
} from '../../src/desk/administration/members.ts';
import type { AdministeredUnit } from '../../src/desk/administration/units.ts';
import { CardTable } from '../components/card-table.tsx';
import { Unreadable } from '../components/erased.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import type { Absences } from '../../src/desk/staff/absences.ts';
import { AbsencePart } from './absence-parts.tsx';
import type { AbsenceDraft } from './absence-parts.tsx';
import { MOST_UNITS, unitFieldId } from './member.form.ts';
import { ADMIN_HOME } from './admin-areas.ts';
import { FormFrame, HandedOver, ListFrame, Submit } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

export const MembersPage = ({
  view,
  staff,
  members,
  units,
  notice,
}: AdminProps & {
  members: AdministeredMember[];
  units: AdministeredUnit[];
  notice: string | undefined;
}) => {
  const words = view.text.admin.members;
  const { columns } = words;
  const nameOf = (unitId: string): string => units.find(({ id }) => id === unitId)?.name ?? '';
  return (
    <ListFrame view={view} staff={staff} list="members" add={words.add} notice={notice}>
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
                  <a href={`${ADMIN_HOME}/members/${id}`}>
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
    </ListFrame>
  );
};

interface MemberPageProps extends AdminProps {
  units: AdministeredUnit[];
  member: AdministeredMember | undefined;
  typed?: (MemberFields & { username: string }) | undefined;
  problems?: Problems;
  stale?: boolean;
  absences?: Absences | undefined;
  absence?: AbsenceDraft;
}

const MemberForm = ({
  view,
  units,
  member,
  typed,
  problems,
  action,
}: Omit<MemberPageProps, 'staff' | 'stale'> & { problems: Problems; action: string }) => {
  const words = view.text.admin.members;
  const values = typed ?? {
    username: '',
    name: member?.name ?? '',
    role: member?.role ?? '',
    mobile: member?.mobile ? formatMobileLocal(member.mobile) : '',
    unitIds: member?.unitIds ?? [],
  };
  const unitFields = Math.min(MOST_UNITS, values.unitIds.length + 1);
  return (
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
  );
};

const actsOn = ({ disabled }: AdministeredMember): readonly MemberAct[] =>
  MEMBER_ACTS.filter((act) => (act === 'enable') === disabled);

const isFinal = (act: MemberAct): boolean => act === 'disable';

const Acts = ({ view, member }: { view: View; member: AdministeredMember }) => {
  const words = view.text.admin.members;
  return (
    <section class="card" aria-labelledby="acts">
      <h2 id="acts">{words.actsHeading}</h2>
      {actsOn(member).map((act) => (
        <form method="post" action={`${ADMIN_HOME}/members/${member.id}/acts`} class="admin-act">
          <input type="hidden" name="version" value={String(member.version)} />
          <input type="hidden" name="act" value={act} />
          <p id={`${act}-text`}>{words.acts[act].text}</p>
          <button
            type="submit"
            class={isFinal(act) ? 'button button--reject' : 'button button--secondary'}
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
  absences,
  absence,
}: MemberPageProps) => {
  const words = view.text.admin.members;
  const title = member ? words.editTitle : words.addTitle;
  const action = member ? `${ADMIN_HOME}/members/${member.id}` : `${ADMIN_HOME}/members/new`;
  return (
    <FormFrame {...{ view, staff, title, problems, stale }} list="members">
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
        <MemberForm
          view={view}
          units={units}
          member={member}
          typed={typed}
          problems={problems}
          action={action}
        />
      </div>
      {member && absences && member.role !== 'auditor' && (
        <AbsencePart {...{ view, absences }} href={`${action}/absences`} draft={absence} />
      )}
      {member &&
        (member.id === staff.id ? (
          <NoticeBox tone="info">{words.ownActs}</NoticeBox>
        ) : (
          <Acts view={view} member={member} />
        ))}
    </FormFrame>
  );
};

// The password is shown only here.
export const OneTimePasswordPage = ({
  view,
  staff,
  password,
  hours,
}: AdminProps & { password: string; hours: number }) => {
  const words = view.text.admin.password;
  return (
    <FormFrame view={view} staff={staff} list="members" title={words.title}>
      <HandedOver title={words.title} text={words.text(view.digits(hours))} secret={password} />
    </FormFrame>
  );
};
