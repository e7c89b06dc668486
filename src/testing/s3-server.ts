/** An S3-compatible server as a process of a test. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './ports.ts';
import { until } from './until.ts';

const VERSION = '5.2.5';
/** What its S3 needs of the many packages that it names. */
const PACKAGES = `
  moto==${VERSION}
  blinker==1.9.0
  boto3==1.44.8
  botocore==1.44.8
  certifi==2026.10.19.post1
  cffi==2.1.1
  charset-normalizer==3.5.3
  click==8.5.1
  cryptography==50.0.2
  flask==3.1.3
  flask-cors==6.0.5
  idna==3.20
  itsdangerous==2.2.0
  jinja2==3.1.6
  jmespath==1.1.0
  markupsafe==3.0.4
  pycparser==3.12
  python-dateutil==4.0.0
  pyyaml==6.0.4
  requests==2.34.2
  responses==0.26.3
  s3transfer==0.19.3
  six==1.17.0
  urllib3==2.8.0
  werkzeug==3.1.9
  xmltodict==1.0.4
`.match(/\S+/g) as string[];

/** From the package index of Python, once. */
const findMoto = async (): Promise<string> => {
  const folder = path.join(os.homedir(), '.cache', 'pishkhan', `moto-${VERSION}`);
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}`;
  await mkdir(path.dirname(folder), { recursive: true });
  await promisify(execFile)('python3', [
    ...'-m pip install --quiet --no-deps --target'.split(' '),
    fresh,
    ...PACKAGES,
  ]);
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  return folder;
};

export interface S3Server {
  endpoint: string;
  /** For `FILES_URL`, of a bucket that is there. */
  url: string;
  stop(): Promise<void>;
}

export const startS3Server = async (): Promise<S3Server> => {
  const port = await freePorts();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { PATH: process.env.PATH, PYTHONPATH: await findMoto() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-4_000)));
  const ended = once(child, 'exit');
  await until(
    async () =>
      child.exitCode !== null ||
      (await fetch(`${endpoint}/letters`, { method: 'PUT' }).then(
        ({ ok }) => ok,
        () => false,
      )),
    120_000,
  );
  if (child.exitCode !== null) throw new Error(`the S3 server ended: ${said}`);
  return {
    endpoint,
    url: `s3://letters/desk?endpoint=${endpoint}&region=us-east-1`,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
};
