/**
 * Each operation is a use case of the staff desk, with the same checks; no cookie is read.
 * Described at `/api/openapi.json`.
 */
import { methodsAt } from '../middleware/allowed-methods.ts';
import type { RouteDeps } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { createApi } from './api-app.ts';
import type { ApiParts } from './api-app.ts';
import { addDecisionOperations } from './decisions.operations.ts';
import { addLetterOperations } from './letters.operations.ts';
import { addOrganisationOperations } from './organisation.operations.ts';
import { ApiProblem } from './problems.ts';
import { addUnitWorkOperations } from './unit-work.operations.ts';

export const createApiRoutes = (deps: RouteDeps, forms: FormReader, parts: ApiParts) => {
  const api = createApi(deps, forms, parts);
  addLetterOperations(api);
  addDecisionOperations(api);
  addUnitWorkOperations(api);
  addOrganisationOperations(api);

  const { app } = api;
  const { identity, publicOrigin } = deps.site;
  const description = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: identity().names.fa,
      version: '1',
      description:
        'The client desk for other systems. Errors are problem details (RFC 9457), in Persian or English by `Accept-Language`.',
    },
    servers: [{ url: publicOrigin }],
  });
  const json = JSON.stringify(description);
  app.get('/openapi.json', (c) => c.body(json, 200, { 'content-type': 'application/json' }));
  app.all('*', (c) => {
    const allowed = methodsAt(app, c.req.path.slice('/api'.length));
    throw allowed.length === 0
      ? new ApiProblem('not_found')
      : new ApiProblem('method_not_allowed', {}, { allow: allowed.join(', ') });
  });
  return app;
};
