import type { AdministeredUnit, TypedLadder } from '../../src/desk/administration/units.ts';
import type { Ladder } from '../../src/desk/letters/deadlines.ts';
import { CardTable } from '../components/card-table.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { ADMIN_HOME } from './admin-areas.ts';
import { FormFrame, ListFrame, RetireForm, Submit } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

export const UnitsPage = ({
  view,
  staff,
  units,
  notice,
}: AdminProps & { units: AdministeredUnit[]; notice: string | undefined }) => {
  const words = view.text.admin.units;
  const { columns } = words;
  return (
    <ListFrame view={view} staff={staff} list="units" add={words.add} notice={notice}>
      <CardTable
        labelledBy="units"
        rows={units}
        columns={[
          {
            head: columns.name,
            class: 'queue__subject',
            cell: ({ id, name }) =>
              staff.role === 'admin' ? (
                <a href={`${ADMIN_HOME}/units/${id}`}>
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
    </ListFrame>
  );
};

const RUNG_FIELDS = ['answerDays', 'remindDays', 'escalateDays'] as const;

const typedLadder = (unit: AdministeredUnit): TypedLadder => {
  const [answerDays = '', remindDays = '', escalateDays = ''] = RUNG_FIELDS.map((field) =>
    String(unit[field] ?? ''),
  );
  return { answerDays, remindDays, escalateDays };
};

const LadderFields = ({
  view,
  defaults,
  typed,
  problems,
}: Pick<AdminProps, 'view'> & { defaults: Ladder; typed: TypedLadder; problems: Problems }) => {
  const words = view.text.admin.units.ladder;
  return (
    <fieldset class="choices">
      <legend>{words.legend}</legend>
      <p class="field__hint">{words.lead}</p>
      {RUNG_FIELDS.map((field) => (
        <TextField
          id={field}
          label={words[field]}
          hint={words.hint(view.digits(defaults[field]))}
          problem={problems[field]}
          value={typed[field]}
          inputmode="numeric"
          width="code"
        />
      ))}
    </fieldset>
  );
};

export const UnitPage = ({
  view,
  staff,
  unit,
  defaults,
  typed,
  problems = {},
  stale = false,
}: AdminProps & {
  unit: AdministeredUnit | undefined;
  defaults: Ladder;
  typed?: { name: string; secondLook: boolean; ladder: TypedLadder } | undefined;
  problems?: Problems;
  stale?: boolean;
}) => {
  const words = view.text.admin.units;
  const title = unit ? words.editTitle : words.addTitle;
  const action = unit ? `${ADMIN_HOME}/units/${unit.id}` : `${ADMIN_HOME}/units/new`;
  return (
    <FormFrame {...{ view, staff, title, problems, stale }} list="units">
      <div class="card">
        <h1>{title}</h1>
        <form method="post" action={action} novalidate>
          {unit && <input type="hidden" name="version" value={String(unit.version)} />}
          <TextField
            id="name"
            label={words.name}
            hint={unit ? words.renameHint : words.nameHint}
            problem={problems.name}
            value={typed?.name ?? unit?.name ?? ''}
          />
          {unit && (
            <label class="choices__one">
              <input
                type="checkbox"
                name="secondLook"
                value="on"
                checked={typed?.secondLook ?? unit.secondLook}
              />
              <span>{words.secondLook}</span>
            </label>
          )}
          {unit && (
            <LadderFields
              {...{ view, defaults, problems }}
              typed={typed?.ladder ?? typedLadder(unit)}
            />
          )}
          <Submit label={unit ? words.save : words.add} />
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
          <RetireForm action={action} version={unit.version} label={words.retire} />
        </section>
      )}
    </FormFrame>
  );
};
