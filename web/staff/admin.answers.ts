import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Administrator } from '../../src/desk/administration/administrator.ts';
import { administratorOf } from '../../src/desk/administration/administrator.ts';
import type { StaffEnv } from '../env.ts';
import type { PostedForm } from '../http/form-reader.ts';
import type { RouteParts } from '../route-parts.ts';

export interface AdminEnv extends StaffEnv {
  Variables: StaffEnv['Variables'] & { by: Administrator & { kind: 'staff' } };
}

export type AdminContext = Context<AdminEnv>;

export const administratorsOnly = ({ deps, cookies }: RouteParts) =>
  createMiddleware<AdminEnv>(async (c, next) => {
    const sessionToken = cookies.read(c, 'staff_sid') ?? '';
    c.set('by', await administratorOf(deps, { sessionToken, from: c.var.from }));
    return next();
  });

export const provenOnly = (
  next: 'branding' | 'members' | 'reasons' | 'texts' | 'keys' | 'webhooks',
) =>
  createMiddleware<AdminEnv>(async (c, go) =>
    c.var.by.proven ? go() : c.redirect(`/staff/account/confirm?next=${next}`, 303),
  );

export const isConfirmed = (form: PostedForm): boolean => form.field('confirmed') === '1';

/** While somebody types, by a script: what is not yet right is no refusal. */
const LIVE = 'live';

export const isPreview = (form: PostedForm): boolean =>
  ['preview', LIVE].includes(form.field('act'));

export const previewStatus = (form: PostedForm, problems: object): 200 | 422 =>
  form.field('act') === LIVE || Object.keys(problems).length === 0 ? 200 : 422;

const TOO_MANY_VERSIONS = 2 ** 31;

/** 0, which no row has, for an invalid version. */
export const versionOf = (form: PostedForm): number => {
  const version = Number(form.field('version'));
  return Number.isSafeInteger(version) && Math.abs(version) < TOO_MANY_VERSIONS ? version : 0;
};
