/** `/api/openapi.json` says what is checked: values at its limits, asked of every operation. */
import { randomUUID } from 'node:crypto';
import { dereference } from '@readme/openapi-parser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiSite } from '../../src/testing/api-site.ts';
import type { ApiSite } from '../../src/testing/api-site.ts';
import { makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';

interface Schema {
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  example?: unknown;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
  anyOf?: Schema[];
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

interface Operation {
  id: string;
  method: string;
  path: string;
  parameters: Parameter[];
  /** Of each form that the body may have. */
  bodies: Schema[];
  isForm: boolean;
}

let home: RealHome;
let site: RealSite;
let api: ApiSite;
let key: string;
let operations: Operation[];

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off' } });
  api = createApiSite(site);
  ({ key } = await api.addKey('admin'));
  operations = await readOperations();
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

interface Described {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

const readOperations = async (): Promise<Operation[]> => {
  const document = (await (await api.ask('/api/openapi.json')).json()) as never;
  const { paths } = (await dereference(document)) as {
    paths: Record<string, Record<string, Described>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody }]) => {
      const [[type, { schema }] = ['', { schema: undefined }]] = Object.entries(
        requestBody?.content ?? {},
      );
      return {
        id: operationId,
        method: method.toUpperCase(),
        path,
        parameters,
        bodies: schema ? (schema.anyOf ?? [schema]) : [],
        isForm: type.startsWith('multipart/'),
      };
    }),
  );
};

const UUID = randomUUID();
const { bytes: PDF } = await sampleFile('pdf');
const NAMES = {
  letter: 'ن',
  // Two units of UTF-16, one character.
  emoji: '🙂',
};

/** One of them matches each pattern, and others miss it in one place. */
const WORDS = [
  'a',
  'a-1',
  'A',
  'a_b',
  '-a',
  'a b',
  ' ',
  '\u00a0',
  'é',
  '!~',
  'a'.repeat(31),
  'a'.repeat(32),
  '!'.repeat(200),
  '!'.repeat(201),
  'main.1405.1',
  'main.1405.-1',
  'main.1405',
  'main.99999.1',
  'Main.1405.1',
  'main.1405.1234567890',
  '.1405.1',
  'main.1405.1.1',
  'WyJtYWluIiwxNDA1LDFd',
];
const MOMENTS = [
  '2026-11-23T08:30:00Z',
  '2026-11-23T08:30:00.123+03:30',
  '1900-01-01T00:00:00-14:00',
  '2999-12-31T23:59:59-14:00',
  '1899-12-31T23:59:59Z',
  '3000-01-01T00:00:00Z',
  '2026-11-23',
  '2026-11-23T08:30:00',
  '2026-11-23 08:30:00Z',
  '9999-12-31T23:59:59-14:00',
  'yesterday',
];
const UUIDS = [
  UUID,
  UUID.toUpperCase(),
  '00000000-0000-9000-c000-000000000000',
  UUID.slice(1),
  `${UUID}0`,
  UUID.replaceAll('-', ''),
  `{${UUID}}`,
  `g${UUID.slice(1)}`,
  'a',
];
const FORMATS: Record<string, RegExp> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
};

const isInside = (schema: Schema, value: unknown): boolean => {
  if (schema.enum) return schema.enum.includes(value);
  if (schema.type === 'integer')
    return (
      Number.isInteger(value) &&
      Number(value) >= (schema.minimum ?? -Infinity) &&
      Number(value) <= (schema.maximum ?? Infinity)
    );
  if (typeof value !== 'string') return false;
  const { length } = [...value];
  return (
    length >= (schema.minLength ?? 0) &&
    length <= (schema.maxLength ?? Infinity) &&
    (schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value)) &&
    (FORMATS[schema.format ?? '']?.test(value) ?? true)
  );
};

const candidates = (schema: Schema): unknown[] => {
  if (schema.enum) return [...schema.enum, 'x', ''];
  if (schema.type === 'integer') {
    const { minimum = 0, maximum = 0 } = schema;
    return [minimum - 1, minimum, minimum + 0.5, maximum, maximum + 1, 'x', ''];
  }
  if (schema.format === 'uuid') return UUIDS;
  if (schema.format === 'date-time') return MOMENTS;
  const { minLength, maxLength } = schema;
  const lengths = [minLength, minLength && minLength - 1, maxLength, maxLength && maxLength + 1];
  const ofLength = lengths
    .filter((length) => length !== undefined)
    .flatMap((length) => [NAMES.letter.repeat(length), NAMES.emoji.repeat(length)]);
  return [...ofLength, ...(schema.pattern === undefined || schema.example ? [] : WORDS)];
};

const outside = (schema: Schema): unknown[] =>
  candidates(schema).filter((value) => !isInside(schema, value));

/** Where more is checked than a schema can say, its example is what is typical. */
const inside = (schema: Schema): unknown[] => {
  const values = candidates(schema).filter((value) => isInside(schema, value));
  return schema.example === undefined || schema.format ? values : [schema.example];
};

const bodyFor = ({ properties = {}, required = [] }: Schema): Record<string, unknown> =>
  Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {})]));

/** One part may come where several can. */
const isFile = ({ format, items }: Schema): boolean =>
  format === 'binary' || items?.format === 'binary';

const sampleOf = (schema: Schema): unknown => {
  if (schema.enum) return schema.enum[0];
  if (schema.format === 'uuid') return UUID;
  if (isFile(schema)) return new File([new Uint8Array(PDF)], 'letter.pdf');
  if (schema.example !== undefined) return schema.example;
  return schema.type === 'integer' ? schema.minimum : `متن ${randomUUID()}`;
};

interface Change {
  parameter?: Parameter;
  value?: unknown;
  body?: Record<string, unknown> | undefined;
}

const formOf = (body: Record<string, unknown>): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(body))
    form.set(name, value instanceof File ? value : String(value));
  return form;
};

/** Well but for the change; what it names does not exist. */
const ask = async (
  { method, path, bodies, parameters, isForm }: Operation,
  { parameter, value, body = bodies[0] && bodyFor(bodies[0]) }: Change,
): Promise<{ status: number; type: unknown }> => {
  const valueOf = (asked: Parameter): string =>
    asked === parameter ? String(value) : String(sampleOf(asked.schema));
  const address = path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const found = parameters.find((one) => one.in === 'path' && one.name === name);
    return found ? encodeURIComponent(valueOf(found)) : '';
  });
  const query =
    parameter?.in === 'query'
      ? `?${new URLSearchParams({ [parameter.name]: String(value) }).toString()}`
      : '';
  const response = await api.ask(`${address}${query}`, {
    method,
    key,
    ...(parameter?.in === 'header' && { idempotencyKey: String(value) }),
    ...(body && { body: isForm ? formOf(body) : body }),
  });
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  const { type } = isProblem ? ((await response.json()) as { type: unknown }) : { type: '' };
  return { status: response.status, type };
};

const INVALID = 'urn:pishkhan:problem:invalid';
const REFUSED = {
  path: 'urn:pishkhan:problem:not-found',
  query: INVALID,
  header: 'urn:pishkhan:problem:idempotency-key-missing',
};

const canStandIn = ({ in: place }: Parameter, value: unknown): boolean =>
  place === 'query' ||
  (place === 'path' ? value !== '' : /^[\t\u0020-\u00ff]*$/.test(String(value)) && value !== ' ');

test('a parameter outside its schema is refused in every operation, and one inside is not', async () => {
  const wrong: string[] = [];
  let asked = 0;
  for (const operation of operations) {
    for (const parameter of operation.parameters) {
      const { name, schema, in: place } = parameter;
      const sets = { outside: outside(schema), inside: inside(schema) };
      expect([operation.id, name, sets.outside.length > 0, sets.inside.length > 0]).toEqual([
        operation.id,
        name,
        true,
        true,
      ]);
      for (const [side, values] of Object.entries(sets))
        for (const value of values.filter((one) => canStandIn(parameter, one))) {
          asked += 1;
          const { status, type } = await ask(operation, { parameter, value });
          const isRight =
            side === 'outside'
              ? type === REFUSED[place]
              : type !== INVALID && status !== 400 && status < 500;
          if (!isRight) wrong.push(`${operation.id} ${name} ${side}: ${String(value)}: ${status}`);
        }
    }
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(200);
});

test('a field of a body outside its schema is refused in every operation, and one inside is not', async () => {
  const wrong: string[] = [];
  let asked = 0;
  const look = async (
    operation: Operation,
    body: Record<string, unknown>,
    isGood: boolean,
  ): Promise<void> => {
    asked += 1;
    const { status, type } = await ask(operation, { body });
    const isRight = isGood ? type !== INVALID && status !== 400 && status < 500 : type === INVALID;
    if (!isRight)
      wrong.push(`${operation.id} ${JSON.stringify(body).slice(0, 60)} ${isGood}: ${status}`);
  };
  for (const operation of operations)
    for (const schema of operation.bodies) {
      const { properties = {}, required = [], additionalProperties } = schema;
      const whole = bodyFor(schema);
      for (const [name, field] of Object.entries(properties)) {
        if (isFile(field)) continue;
        for (const value of inside(field)) await look(operation, { ...whole, [name]: value }, true);
        // A form knows only text.
        const others = operation.isForm ? [] : [null, {}, 0.5];
        for (const value of [...outside(field), ...others])
          await look(operation, { ...whole, [name]: value }, false);
        const { [name]: left, ...rest } = whole;
        if (required.includes(name)) await look(operation, rest, false);
        else expect(left).toBeUndefined();
      }
      await look(operation, { ...whole, other: 'x' }, additionalProperties !== false);
    }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(80);
});
