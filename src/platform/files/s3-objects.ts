import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { OperatorError } from '../base/errors.ts';
import { ensureStorageKey, isStorageKey } from './store-folder.ts';

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface S3Place {
  bucket: string;
  prefix: string;
  endpoint: string | undefined;
  region: string;
}

const DEFAULT_REGION = 'us-east-1';
const CONNECT_MS = 5_000;
const STALLED_MS = 30_000;
const MOST_SOCKETS = 500;

export const readS3Url = (url: string): S3Place => {
  const { hostname: bucket, pathname, searchParams } = new URL(url.replace(/^s3:/, 'https:'));
  const endpoint = searchParams.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:/.test(endpoint)))
    throw new OperatorError('FILES_URL: endpoint= must be an http address');
  const prefix = decodeURIComponent(pathname).replace(/^\/+|\/+$/g, '');
  return {
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint,
    region: searchParams.get('region') ?? DEFAULT_REGION,
  };
};

const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return 'no answer';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

export class StoreAwayError extends Error {
  readonly code = 'STORE_AWAY';
  constructor(cause: unknown) {
    super(`the file store is away: ${explain(cause)}`, {
      cause,
    });
    this.name = 'StoreAwayError';
  }
}

export class NoSuchFileError extends Error {
  readonly code = 'ENOENT';
  constructor(storageKey: string) {
    super(`ENOENT: no object ${storageKey}`);
    this.name = 'NoSuchFileError';
  }
}

const MISSING = new Set(['NoSuchKey', 'NotFound']);

const isMissing = (error: unknown): boolean => error instanceof Error && MISSING.has(error.name);

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const createAsking = (place: S3Place, credentials: S3Credentials | undefined) => {
  let client: S3Client | undefined;
  const connect = async () => {
    const sdk = await import('@aws-sdk/client-s3');
    client ??= new sdk.S3Client({
      region: place.region,
      ...(place.endpoint !== undefined && { endpoint: place.endpoint, forcePathStyle: true }),
      ...(credentials && { credentials }),
      // Other servers than Amazon's do not all know the checksums that are newer than the protocol.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Every failure is thrown, and logged where it matters.
      logger: SILENT,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        requestTimeout: STALLED_MS,
        // Without it the time-out is only logged.
        throwOnRequestTimeout: true,
        socketTimeout: STALLED_MS,
        // More than the downloads that may run at once, so that these leave room for uploads.
        httpAgent: { maxSockets: MOST_SOCKETS },
        httpsAgent: { maxSockets: MOST_SOCKETS },
      },
    });
    return { sdk, s3: client };
  };
  return async <Answer>(
    ask: (connected: Awaited<ReturnType<typeof connect>>) => Promise<Answer>,
  ): Promise<Answer> => {
    const connected = await connect();
    try {
      return await ask(connected);
    } catch (error) {
      throw isMissing(error) ? error : new StoreAwayError(error);
    }
  };
};

const undefinedIfMissing = <Answer>(asking: Promise<Answer>): Promise<Answer | undefined> =>
  asking.catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

export interface S3Objects {
  name: string;
  list: (digit?: string) => AsyncGenerator<string>;
  /** Durable once resolved. */
  put: (storageKey: string, content: AsyncIterable<Buffer>, bytes: number) => Promise<void>;
  open: (storageKey: string) => Promise<AsyncIterable<Buffer> | undefined>;
  writtenAt: (storageKey: string) => Promise<Date | undefined>;
  bytesOf: (storageKey: string) => Promise<number | undefined>;
  remove: (storageKey: string) => Promise<void>;
  check: () => Promise<void>;
}

export const createS3Objects = (
  place: S3Place,
  credentials: S3Credentials | undefined,
): S3Objects => {
  const { bucket: Bucket, prefix, endpoint } = place;
  const asking = createAsking(place, credentials);
  const named = (storageKey: string) => {
    ensureStorageKey(storageKey);
    return { Bucket, Key: `${prefix}${storageKey}` };
  };
  const head = (storageKey: string) => {
    const object = named(storageKey);
    return undefinedIfMissing(asking(({ sdk, s3 }) => s3.send(new sdk.HeadObjectCommand(object))));
  };
  return {
    name: `s3 ${Bucket}/${prefix}${endpoint === undefined ? '' : ` at ${new URL(endpoint).host}`}`,
    async *list(digit = '') {
      let ContinuationToken: string | undefined;
      do {
        const which = { Bucket, Prefix: `${prefix}${digit}`, ContinuationToken };
        const page = await asking(({ sdk, s3 }) => s3.send(new sdk.ListObjectsV2Command(which)));
        for (const { Key = '' } of page.Contents ?? []) {
          const name = Key.slice(prefix.length);
          if (isStorageKey(name)) yield name;
        }
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    },
    async put(storageKey, content, bytes) {
      const object = { ...named(storageKey), Body: Readable.from(content), ContentLength: bytes };
      await asking(({ sdk, s3 }) => s3.send(new sdk.PutObjectCommand(object)));
    },
    async open(storageKey) {
      const object = named(storageKey);
      const answer = await undefinedIfMissing(
        asking(({ sdk, s3 }) => s3.send(new sdk.GetObjectCommand(object))),
      );
      return answer && read(answer.Body as Readable);
    },
    writtenAt: async (storageKey) => (await head(storageKey))?.LastModified,
    bytesOf: async (storageKey) => (await head(storageKey))?.ContentLength,
    async remove(storageKey) {
      const object = named(storageKey);
      await asking(({ sdk, s3 }) => s3.send(new sdk.DeleteObjectCommand(object)));
    },
    async check() {
      const object = { Bucket, Key: `${prefix}.writable`, Body: 'ok' };
      await asking(({ sdk, s3 }) => s3.send(new sdk.PutObjectCommand(object)));
    },
  };
};

async function* read(body: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const piece of body) yield piece as Buffer;
  } catch (error) {
    throw new StoreAwayError(error);
  }
}
