/** Posts and reads over kept-alive connections, at little cost to the machine that is measured. */
import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  location: string | undefined;
  /** `name=value`, without the attributes. */
  cookies: string[];
  body: string;
}

export interface HttpClient {
  get(path: string, cookie?: string): Promise<Answer>;
  post(path: string, form: Form, cookie?: string): Promise<Answer>;
  close(): void;
}

export interface Form {
  type: string;
  body: Buffer;
}

const TIMEOUT_MS = 60_000;

export const urlEncoded = (fields: Record<string, string>): Form => ({
  type: 'application/x-www-form-urlencoded',
  body: Buffer.from(new URLSearchParams(fields).toString()),
});

export const multipart = (
  fields: Record<string, string>,
  file: { field: string; name: string; type: string; bytes: Buffer },
): Form => {
  const boundary = '----pishkhan-bench-7f3a91c2d4e6b805';
  const texts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `${texts.join('')}--${boundary}\r\nContent-Disposition: form-data; name="${file.field}"; filename="${file.name}"\r\nContent-Type: ${file.type}\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
};

/** An empty header would say that this browser keeps cookies. */
const cookieHeader = (cookie: string): Record<string, string> => (cookie === '' ? {} : { cookie });

/** A browser of no particular person: each call says whose cookie it carries. */
export const createHttpClient = (origin: string, connections: number): HttpClient => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });

  const send = (
    path: string,
    method: 'GET' | 'POST',
    headers: Record<string, string>,
    body?: Buffer,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(new URL(path, origin), { method, headers, agent, timeout: TIMEOUT_MS });
      asked.once('error', reject);
      asked.once('timeout', () => asked.destroy(new Error(`${path}: no answer`)));
      asked.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            location: response.headers.location,
            cookies: (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0] ?? ''),
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      });
      asked.end(body);
    });

  return {
    get: (path, cookie = '') => send(path, 'GET', cookieHeader(cookie)),
    post: (path, { type, body }, cookie = '') =>
      send(
        path,
        'POST',
        {
          ...cookieHeader(cookie),
          origin,
          'content-type': type,
          'content-length': String(body.length),
        },
        body,
      ),
    close: () => agent.destroy(),
  };
};
