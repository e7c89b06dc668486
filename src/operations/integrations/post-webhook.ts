/**
 * One POST to another system. Follows no redirect, reads only the status, and never connects to a
 * private address: it checks the very address that it connects to, so DNS rebinding has no effect.
 */
import { lookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { createIsPublic } from './public-address.ts';

const NOT_PUBLIC = 'the address is not public';

const explain = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.message;

const isPublic = createIsPublic();

const lookupPublic: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, []);
    const [first] = addresses;
    if (!first || !addresses.every(({ address }) => isPublic(address)))
      return done(new Error(NOT_PUBLIC), []);
    return options.all ? done(null, addresses) : done(null, first.address, first.family);
  });
};

export const postWebhook = (
  { url, headers, body }: { url: string; headers: Record<string, string>; body: string },
  {
    timeoutMs,
    allowPrivate,
  }: {
    timeoutMs: number;
    allowPrivate: boolean;
  },
): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = new URL(url);
    const host = address.hostname.replace(/^\[|\]$/g, '');
    if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) {
      reject(new Error(NOT_PUBLIC));
      return;
    }
    const send = address.protocol === 'https:' ? https.request : http.request;
    const request = send(address, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      // A connection of its own: one that is kept would be to an address that was looked at before.
      agent: false,
      ...(!allowPrivate && { lookup: lookupPublic }),
    });
    const timer = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(explain(error)));
    });
    request.on('response', (response) => {
      clearTimeout(timer);
      response.on('error', () => {});
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.end(body);
  });
