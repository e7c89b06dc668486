import type { z } from '@hono/zod-openapi';
import { listMembers } from '../../src/desk/administration/members.ts';
import { MAX_NAME_LENGTH } from '../../src/desk/administration/names.ts';
import {
  addUnit,
  listUnits,
  changeUnit,
  retireUnit,
  toUnit,
} from '../../src/desk/administration/units.ts';
import type { UnitResult } from '../../src/desk/administration/units.ts';
import { keyAdministrator, listApiRegister } from '../../src/operations/integrations/api.ts';
import { shareHealth } from '../../src/operations/maintenance/health.ts';
import { at, maybeAt } from './answers.ts';
import type { Api } from './api-app.ts';
import { invalidField } from './asked.ts';
import type { AskedAny } from './asked.ts';
import * as bodies from './bodies.ts';
import { addReading, addWriting } from './operations.ts';
import { ApiProblem } from './problems.ts';
import * as schemas from './schemas.ts';

const TAG = 'Organisation';

const addStatus = (api: Api): void => {
  const health = shareHealth(api.deps);
  addReading(api, {
    path: '/v1/status',
    id: 'getStatus',
    summary: 'Is the desk well, and what may this key do?',
    tag: TAG,
    scope: 'read',
    answer: schemas.Status,
    async read({ key: { name, scope, unitId, expiresAt } }) {
      const { ready, parts } = await health();
      return { ready, parts, key: { name, scope, unitId, expiresAt: maybeAt(expiresAt) } };
    },
  });
};

const addRegister = (api: Api): void => {
  const { deps } = api;
  addReading(api, {
    path: '/v1/register-entries',
    id: 'listRegisterEntries',
    summary:
      'Entries of the registers with their hashes, in the order of the chains; not for a key of one unit',
    tag: TAG,
    scope: 'read',
    query: schemas.registerQuery(deps.site.api.page),
    answer: schemas.RegisterPage,
    async read({ key, query }) {
      const { register, year, after, limit } = query;
      const { entries, more } = await listApiRegister(deps, {
        key,
        register,
        year,
        limit,
        ...(after && { after }),
      });
      const end = more ? entries.at(-1) : undefined;
      return {
        entries: entries.map((entry) => ({
          register: entry.register,
          year: entry.year,
          serial: entry.serial,
          number: entry.number,
          letterId: entry.letterId,
          registeredAt: at(entry.registeredAt),
          prevHash: entry.prevHash,
          hash: entry.hash,
        })),
        next: end ? [end.register, end.year, end.serial].join('.') : null,
      };
    },
  });
};

const changed = ({ view }: AskedAny, result: UnitResult): z.input<typeof schemas.Unit> => {
  if (result.outcome === 'done') return toUnit(result.unit);
  if (result.outcome === 'stale') throw new ApiProblem('not_open');
  const words = view.text.api.fields;
  const problem = result.fields.name;
  const detail = { missing: words.missing, too_long: words.tooLong, taken: words.taken };
  throw invalidField('name', detail[problem ?? 'missing']);
};

const addUnits = (api: Api): void => {
  const { deps } = api;
  addReading(api, {
    path: '/v1/units',
    id: 'listUnits',
    summary: 'All units',
    tag: TAG,
    scope: 'read',
    answer: schemas.UnitList,
    read: async () => ({ units: await listUnits(deps) }),
  });
  addWriting(api, {
    path: '/v1/units',
    id: 'addUnit',
    summary: 'Add a unit',
    tag: TAG,
    scope: 'admin',
    body: bodies.newUnitBody(MAX_NAME_LENGTH),
    answer: schemas.Unit,
    status: 201,
    act: async (asked) => {
      const { key, c, body, actionKey: unitId } = asked;
      const by = keyAdministrator(key, c.var.from);
      return changed(asked, await addUnit(deps, by, { unitId, name: body.name }));
    },
  });
  addWriting(api, {
    method: 'patch',
    path: '/v1/units/{unit}',
    id: 'changeUnit',
    summary:
      'Rename a unit, or retire it: then it takes no new letters and keeps those that it has',
    tag: TAG,
    scope: 'admin',
    params: schemas.unitParams,
    body: bodies.unitChangeBody(MAX_NAME_LENGTH),
    answer: schemas.Unit,
    problems: ['not_found'],
    act: async (asked) => {
      const { key, c, body, params } = asked;
      const by = keyAdministrator(key, c.var.from);
      const unitId = params.unit;
      const result =
        'name' in body
          ? await changeUnit(deps, by, { unitId, name: body.name })
          : await retireUnit(deps, by, { unitId });
      return changed(asked, result);
    },
  });
};

const addStaff = (api: Api): void => {
  addReading(api, {
    path: '/v1/staff',
    id: 'listStaff',
    summary: 'All members of staff',
    tag: TAG,
    scope: 'admin',
    answer: schemas.StaffList,
    async read({ key }) {
      const members = await listMembers(api.deps, key.staff);
      return {
        staff: members.map(({ id, username, name, role, unitIds, disabled, secondFactor }) => ({
          id,
          username,
          name,
          role,
          unitIds,
          disabled,
          secondFactor,
        })),
      };
    },
  });
};

export const addOrganisationOperations = (api: Api): void => {
  addStatus(api);
  addRegister(api);
  addUnits(api);
  addStaff(api);
};
