// The development server has no option that lets its UI send cookies to the codec endpoint, so this
// proxy completes the UI's settings on their way to the browser.
import { once } from 'node:events';
import http from 'node:http';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { OperatorError } from '../platform/base/errors.ts';

export interface TemporalUiOptions {
  port: number;
  url: string;
  // Another port after each start of the server.
  serverPort: () => number | null;
}

const SETTINGS = /^\/api\/v1\/settings(\?|$)/;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export const startTemporalUi = async (options: TemporalUiOptions): Promise<http.Server> => {
  const hosts = [...LOOPBACK, new URL(options.url).hostname];
  const server = http.createServer((request, response) => {
    void answer(request, response, { hosts, port: options.serverPort() });
  });
  server.listen(options.port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new OperatorError(
      `Temporal UI cannot listen on 127.0.0.1:${options.port} (TEMPORAL_UI_PORT): ${(error as Error).message}`,
      error,
    );
  }
  return server;
};

const answer = async (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { hosts, port }: { hosts: string[]; port: number | null },
): Promise<void> => {
  // The UI has no login: a foreign name that resolves to this machine must not reach it.
  if (!hosts.includes(hostnameOf(request))) return refuse(response, 403, 'Unknown host');
  if (port === null) return refuse(response, 502, 'Temporal is not running');
  try {
    await forward(request, response, port);
  } catch {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, 'Temporal does not answer');
  }
};

const hostnameOf = ({ headers: { host = '' } }: http.IncomingMessage): string => {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return '';
  }
};

const refuse = (response: http.ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
};

const forward = async (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  port: number,
): Promise<void> => {
  const isSettings = SETTINGS.test(request.url ?? '');
  const passed = http.request({
    host: '127.0.0.1',
    port,
    method: request.method,
    path: request.url,
    headers: { ...request.headers, ...(isSettings && { 'accept-encoding': 'identity' }) },
  });
  response.once('close', () => passed.destroy());
  const [[received]] = await Promise.all([
    once(passed, 'response') as Promise<[http.IncomingMessage]>,
    pipeline(request, passed),
  ]);
  const status = received.statusCode ?? 502;
  if (isSettings && status === 200) return sendSettings(received, response);
  response.writeHead(status, received.headers);
  await pipeline(received, response);
};

interface UiSettings {
  Codec?: Record<string, unknown>;
}

const sendSettings = async (
  received: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> => {
  const settings = (await json(received)) as UiSettings;
  settings.Codec = {
    ...settings.Codec,
    IncludeCredentials: true,
    DefaultErrorMessage:
      'Sign in to the staff desk as an administrator, then load this page again.',
  };
  const { 'content-length': _, 'transfer-encoding': __, ...headers } = received.headers;
  response.writeHead(200, headers).end(JSON.stringify(settings));
};
