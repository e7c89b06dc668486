import type { HonoRequest } from 'hono';
import type { RouteDeps } from './env.ts';
import type { Cookies } from './http/cookies.ts';
import { ensureWhole } from './http/form-reader.ts';
import type { FormReader, PostContext, PostedForm } from './http/form-reader.ts';

export interface RouteParts {
  deps: RouteDeps;
  cookies: Cookies;
  forms: FormReader;
}

export const readForm = async (
  { forms }: Pick<RouteParts, 'forms'>,
  c: PostContext,
): Promise<PostedForm> => {
  const form = await forms.readFields(c);
  ensureWhole(form);
  return form;
};

export const requestFacts = (c: {
  var: { from: string | undefined };
  req: Pick<HonoRequest, 'header'>;
}) => ({
  from: c.var.from,
  userAgent: c.req.header('user-agent'),
});
