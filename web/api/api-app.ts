import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { accepts } from 'hono/accepts';
import { asUnavailable } from '../../src/platform/files/away.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import { createPaceWatch } from '../http/body-pace.ts';
import type { FormReader } from '../http/form-reader.ts';
import { deadline } from '../middleware/deadline.ts';
import { noteError } from '../security-events.ts';
import { WebhookEvent } from './schemas.ts';
import type { MakeView, View } from '../view.ts';
import { answerProblem } from './problems.ts';

export interface ApiEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { apiView: View };
}

export interface Api {
  app: OpenAPIHono<ApiEnv>;
  deps: RouteDeps;
  forms: FormReader;
  watchPace: ReturnType<typeof createPaceWatch>;
}

/** The first wanted language that the desk speaks; `en-GB` is served by `en`. */
const languageOf = (c: Context<ApiEnv>, languages: string[], fallback: string): string =>
  accepts(c, {
    header: 'Accept-Language',
    supports: languages,
    default: fallback,
    match: (wanted, { supports, default: other }) =>
      wanted
        .toSorted((one, two) => two.q - one.q)
        .map(({ type }) => type.split('-')[0]?.toLowerCase() ?? '')
        .find((code) => supports.includes(code)) ?? other,
  });

export interface ApiParts {
  viewIn: MakeView;
  languages: string[];
  limitWork: MiddlewareHandler;
}

export const createApi = (
  deps: RouteDeps,
  forms: FormReader,
  { viewIn, languages, limitWork }: ApiParts,
): Api => {
  const { site, log } = deps;
  const app = new OpenAPIHono<ApiEnv>();
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
  });
  app.openAPIRegistry.registerWebhook({
    operationId: 'letterEvent',
    method: 'post',
    path: 'letterEvent',
    summary: 'What happens to a letter, posted to the webhooks that named its type',
    request: { body: { content: { 'application/json': { schema: WebhookEvent } } } },
    responses: { 200: { description: 'Taken; so is any other 2xx' } },
  });
  app.use(deadline(site.answerWithinMs));
  app.use(async (c, next) => {
    const language = languageOf(c, languages, site.defaultLocale);
    c.set(
      'apiView',
      viewIn(language, () => ''),
    );
    await next();
  });
  app.use(limitWork);
  app.onError((thrown, c) => {
    const error = asUnavailable(thrown);
    noteError(c as unknown as Context<AppEnv>, error);
    const { apiView: view, requestId } = c.var;
    const answer = answerProblem(c, error, {
      text: view.text.api,
      language: view.language,
      requestId,
    });
    if (answer.status >= 500) log.error({ requestId, err: error }, 'the request failed');
    return answer;
  });
  return { app, deps, forms, watchPace: createPaceWatch(site.pace) };
};
