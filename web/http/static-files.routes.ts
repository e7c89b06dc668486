import { Hono } from 'hono';
import type { AppEnv, SiteSettings } from '../env.ts';
import type { Encoding, StaticFiles } from './static-files.ts';

const ENCODINGS: readonly Encoding[] = ['br', 'gzip'];

const encodingFor = (accepted: string): Encoding | undefined => {
  const named = accepted.split(',').map((part) => part.split(';')[0]?.trim());
  return ENCODINGS.find((encoding) => named.includes(encoding));
};

const OF_ORGANISATION = /^\/assets\/(desk|themes|icon|logo|manifest|touch-icon)-/;
const LOOK_AGAIN_MS = 1000;

export const createStaticRoutes = (
  staticFiles: StaticFiles,
  site: Pick<SiteSettings, 'renewIdentity'>,
) => {
  const routes = new Hono<AppEnv>();
  routes.get('/*', async (c) => {
    const { path } = c.req;
    // A page of another process may show what was changed a moment ago.
    if (!staticFiles.find(path) && OF_ORGANISATION.test(path))
      await site.renewIdentity(LOOK_AGAIN_MS);
    const file = staticFiles.find(path);
    if (!file) return c.notFound();
    const encoding = file.encoded && encodingFor(c.req.header('accept-encoding') ?? '');
    const body = encoding && file.encoded ? file.encoded(encoding) : file.body;
    return c.body(body, 200, {
      // SVG too says in which characters it is written.
      'content-type': file.type.endsWith('+xml') ? `${file.type}; charset=utf-8` : file.type,
      'cache-control': 'public, max-age=31536000, immutable',
      ...(file.encoded && { vary: 'Accept-Encoding' }),
      ...(encoding && { 'content-encoding': encoding }),
      ...(file.policy !== undefined && { 'content-security-policy': file.policy }),
    });
  });
  return routes;
};
