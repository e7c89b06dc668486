import { Hono } from 'hono';
import type { AppEnv } from '../env.ts';
import type { Encoding, StaticFiles } from './static-files.ts';

const ENCODINGS: readonly Encoding[] = ['br', 'gzip'];

const encodingFor = (accepted: string): Encoding | undefined => {
  const named = accepted.split(',').map((part) => part.split(';')[0]?.trim());
  return ENCODINGS.find((encoding) => named.includes(encoding));
};

export const createStaticRoutes = (staticFiles: StaticFiles) => {
  const routes = new Hono<AppEnv>();
  routes.get('/*', (c) => {
    const file = staticFiles.find(c.req.path);
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
