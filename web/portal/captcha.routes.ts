import type { Context, Hono, MiddlewareHandler } from 'hono';
import { drawCaptcha, speakCaptcha } from '../../src/desk/applicants/captcha/captcha.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import { readByteRange } from '../http/byte-range.ts';

export const registerCaptcha = (
  routes: Hono<AppEnv>,
  deps: RouteDeps,
  limit: MiddlewareHandler<AppEnv>,
): void => {
  routes.get('/captcha/:file{.+\\.png}', limit, (c) => showPicture(deps, c, c.req.param('file')));
  routes.get('/captcha/:sound{.+\\.wav}', limit, (c) => playSound(deps, c, c.req.param('sound')));
};

const showPicture = async (deps: RouteDeps, c: Context<AppEnv>, file: string) => {
  const picture = await drawCaptcha(deps, file.slice(0, -'.png'.length));
  if (!picture) return c.body(null, 410);
  return c.body(picture as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'image/png' });
};

const playSound = async (deps: RouteDeps, c: Context<AppEnv>, file: string) => {
  const id = file.slice(0, -'.wav'.length);
  const speech = await speakCaptcha(deps, { id, language: c.var.view.speech });
  if (!speech) return c.body(null, 404);
  const range = readByteRange(c.req.header('range'), speech.length);
  const headers = { 'content-type': 'audio/wav', 'accept-ranges': 'bytes' };
  if (range === 'none') return c.body(speech as Uint8Array<ArrayBuffer>, 200, headers);
  if (range === 'unsatisfiable')
    return c.body(null, 416, { 'content-range': `bytes */${speech.length}` });
  const { from, to } = range;
  return c.body(speech.subarray(from, to + 1) as Uint8Array<ArrayBuffer>, 206, {
    ...headers,
    'content-range': `bytes ${from}-${to}/${speech.length}`,
  });
};
