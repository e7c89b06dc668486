import type {
  AdministeredRegister,
  TypedRegister,
} from '../../src/desk/administration/registers.ts';
import type { Unit } from '../../src/desk/administration/units.ts';
import { CardTable } from '../components/card-table.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { NoticeBox } from '../components/notice.tsx';
import { adminPath } from './admin-areas.ts';
import { FormFrame, ListFrame, Submit } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

const HOME = adminPath('registers');

export const RegistersPage = ({
  view,
  staff,
  registers,
  notice,
}: AdminProps & { registers: AdministeredRegister[]; notice: string | undefined }) => {
  const words = view.text.admin.registers;
  const { columns } = words;
  return (
    <ListFrame view={view} staff={staff} list="registers" add={words.add} notice={notice}>
      <p class="muted">{words.lead}</p>
      <CardTable
        labelledBy="registers"
        rows={registers}
        columns={[
          {
            head: columns.name,
            class: 'queue__subject',
            isRowHead: true,
            cell: ({ id }) =>
              staff.role === 'admin' ? (
                <a href={`${HOME}/${id}`}>
                  <bdi dir="ltr">{id}</bdi>
                </a>
              ) : (
                <bdi dir="ltr">{id}</bdi>
              ),
          },
          {
            head: columns.template,
            labelled: true,
            cell: ({ template }) => <bdi dir="ltr">{template}</bdi>,
          },
          {
            head: columns.next,
            labelled: true,
            cell: ({ nextNumber }) => <bdi dir="ltr">{view.digits(nextNumber)}</bdi>,
          },
          {
            head: columns.entries,
            labelled: true,
            cell: ({ entries }) => view.digits(entries),
          },
          {
            head: columns.units,
            labelled: true,
            cell: ({ units }) =>
              units.length === 0 ? '—' : <bdi>{units.join(view.text.punctuation.comma)}</bdi>,
          },
        ]}
      />
    </ListFrame>
  );
};

interface RegisterPageProps extends AdminProps {
  register: AdministeredRegister | undefined;
  units: Unit[];
  typed?: TypedRegister;
  preview?: string | undefined;
  problems?: Problems;
}

const RegisterForm = ({ view, register, typed, preview, problems = {} }: RegisterPageProps) => {
  const words = view.text.admin.registers;
  const next = preview ?? register?.nextNumber;
  return (
    <form method="post" action={`${HOME}/${register?.id ?? 'new'}`} novalidate>
      {!register && (
        <TextField
          id="name"
          label={words.name}
          hint={words.nameHint}
          problem={problems.name}
          value={typed?.id ?? ''}
          width="phone"
          latin
        />
      )}
      <TextField
        id="template"
        label={words.template}
        hint={words.templateHint}
        problem={problems.template}
        value={typed?.template ?? register?.template ?? ''}
        width="phone"
        latin
      />
      <TextField
        id="firstSerial"
        label={words.firstSerial}
        hint={words.firstSerialHint}
        problem={problems.firstSerial}
        value={typed?.firstSerial ?? ''}
        inputmode="numeric"
        width="code"
        latin
      />
      {next !== undefined && (
        <p role="status">
          {words.next} <bdi dir="ltr">{view.digits(next)}</bdi>
        </p>
      )}
      <button type="submit" name="act" value="preview" class="button button--secondary">
        {words.preview}
      </button>
      <Submit label={register ? words.save : words.add} />
    </form>
  );
};

export const RegisterPage = (props: RegisterPageProps) => {
  const { view, staff, register, units, problems = {} } = props;
  const words = view.text.admin.registers;
  const title = register ? words.editTitle : words.addTitle;
  return (
    <FormFrame {...{ view, staff, title, problems }} list="registers">
      <div class="card">
        <h1>
          {title} {register && <bdi dir="ltr">{register.id}</bdi>}
        </h1>
        {register?.isFixed && !props.typed ? (
          <>
            <NoticeBox tone="info">{words.fixed}</NoticeBox>
            <p>
              {words.next} <bdi dir="ltr">{view.digits(register.nextNumber)}</bdi>
            </p>
          </>
        ) : (
          <RegisterForm {...props} />
        )}
      </div>
      {register && (
        <section class="card" aria-labelledby="units">
          <h2 id="units">{words.unitsHeading}</h2>
          <p>
            <bdi>{register.units.join(view.text.punctuation.comma) || '—'}</bdi>
          </p>
          <form method="post" action={`${HOME}/${register.id}/units`} novalidate>
            <SelectField
              id="unit"
              label={words.unit}
              hint={words.unitHint}
              options={units.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <Submit label={words.assign} />
          </form>
        </section>
      )}
    </FormFrame>
  );
};
