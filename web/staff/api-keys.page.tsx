import { KEY_LIMITS, KEY_SCOPES } from '../../src/operations/integrations/api-keys.ts';
import type { ApiKeyRow } from '../../src/operations/integrations/api-keys.ts';
import type { Unit } from '../../src/desk/administration/units.ts';
import { CardTable } from '../components/card-table.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import type { View } from '../view.ts';
import { adminPath } from './admin-areas.ts';
import { FormFrame, HandedOver, ListFrame, RetireForm, Submit } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

const HOME = adminPath('keys');

type KeyState = 'active' | 'expired' | 'revoked';

const stateOf = ({ revokedAt, expiresAt }: ApiKeyRow): KeyState => {
  if (revokedAt) return 'revoked';
  return expiresAt && expiresAt < new Date() ? 'expired' : 'active';
};

const unitName = (view: View, units: Unit[], { unitId }: ApiKeyRow): string =>
  unitId === null
    ? view.text.admin.keys.allUnits
    : (units.find(({ id }) => id === unitId)?.name ?? unitId);

export const ApiKeysPage = ({
  view,
  staff,
  keys,
  units,
  notice,
}: AdminProps & { keys: ApiKeyRow[]; units: Unit[]; notice: string | undefined }) => {
  const words = view.text.admin.keys;
  const { columns } = words;
  return (
    <ListFrame view={view} staff={staff} list="keys" add={words.add} notice={notice}>
      <p class="muted">{words.lead}</p>
      {keys.length === 0 ? (
        <p class="card empty">{words.empty}</p>
      ) : (
        <CardTable
          labelledBy="keys"
          rows={keys}
          columns={[
            {
              head: columns.name,
              class: 'queue__subject',
              isRowHead: true,
              cell: (key) =>
                staff.role === 'admin' && !key.revokedAt ? (
                  <a href={`${HOME}/${key.id}`}>
                    <bdi>{key.name}</bdi>
                  </a>
                ) : (
                  <bdi>{key.name}</bdi>
                ),
            },
            { head: columns.scope, labelled: true, cell: ({ scope }) => words.scopes[scope] },
            {
              head: columns.unit,
              labelled: true,
              cell: (key) => <bdi>{unitName(view, units, key)}</bdi>,
            },
            {
              head: columns.used,
              labelled: true,
              cell: ({ lastUsedOn }) =>
                lastUsedOn === null ? words.neverUsed : view.day(lastUsedOn),
            },
            { head: columns.state, labelled: true, cell: (key) => words.states[stateOf(key)] },
          ]}
        />
      )}
    </ListFrame>
  );
};

export interface TypedKey {
  name: string;
  scope: string;
  unit: string;
  days: string;
}

export const NewApiKeyPage = ({
  view,
  staff,
  units,
  typed,
  problems = {},
}: AdminProps & { units: Unit[]; typed?: TypedKey; problems?: Problems }) => {
  const words = view.text.admin.keys;
  return (
    <FormFrame {...{ view, staff, problems }} title={words.addTitle} list="keys">
      <div class="card">
        <h1>{words.addTitle}</h1>
        <form method="post" action={`${HOME}/new`} novalidate>
          <TextField
            id="name"
            label={words.name}
            hint={words.nameHint(view.digits(KEY_LIMITS.name))}
            problem={problems.name}
            value={typed?.name ?? ''}
          />
          <SelectField
            id="scope"
            label={words.scope}
            hint={words.scopeHint}
            problem={problems.scope}
            value={typed?.scope ?? 'read'}
            options={KEY_SCOPES.map((scope) => ({ value: scope, label: words.scopes[scope] }))}
          />
          <SelectField
            id="unit"
            label={words.unit}
            hint={words.unitHint}
            problem={problems.unit}
            value={typed?.unit}
            prompt={words.allUnits}
            options={units.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <TextField
            id="days"
            label={words.days}
            hint={words.daysHint}
            problem={problems.days}
            value={typed?.days ?? ''}
            inputmode="numeric"
            width="code"
            latin
          />
          <Submit label={words.add} />
        </form>
      </div>
    </FormFrame>
  );
};

export const ApiKeyPage = ({
  view,
  staff,
  units,
  apiKey,
}: AdminProps & { units: Unit[]; apiKey: ApiKeyRow }) => {
  const words = view.text.admin.keys;
  const facts = [
    [words.columns.prefix, <bdi dir="ltr">{apiKey.prefix}…</bdi>],
    [words.scope, words.scopes[apiKey.scope]],
    [words.unit, <bdi>{unitName(view, units, apiKey)}</bdi>],
    [words.columns.created, view.date(apiKey.createdAt)],
    [words.columns.expires, apiKey.expiresAt ? view.date(apiKey.expiresAt) : words.noEnd],
    [words.columns.state, words.states[stateOf(apiKey)]],
  ] as const;
  return (
    <FormFrame view={view} staff={staff} title={apiKey.name} list="keys">
      <div class="card">
        <h1>
          <bdi>{apiKey.name}</bdi>
        </h1>
        <dl class="facts">
          {facts.map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <section class="card" aria-labelledby="retire">
        <h2 id="retire">{words.retireHeading}</h2>
        <p>{words.retireText}</p>
        <RetireForm action={`${HOME}/${apiKey.id}`} version={0} label={words.retire} />
      </section>
    </FormFrame>
  );
};

export const AddedApiKeyPage = ({ view, staff, secret }: AdminProps & { secret: string }) => {
  const words = view.text.admin.keys;
  return (
    <FormFrame view={view} staff={staff} list="keys" title={words.addedTitle}>
      <HandedOver title={words.addedTitle} text={words.addedText} secret={secret} />
    </FormFrame>
  );
};
