import path from 'node:path';
import { createStoredBytes } from '../platform/files/stored-bytes.ts';
import type { StoredBytes } from '../platform/files/stored-bytes.ts';
import { createFileStore } from '../platform/files/file-store.ts';
import { pairBytes, pairStores } from '../platform/files/paired-store.ts';
import type { FileStore } from '../platform/files/file-store.ts';
import type { Config } from '../config.ts';

const s3Credentials = (config: Config) =>
  config.S3_ACCESS_KEY_ID === ''
    ? undefined
    : {
        accessKeyId: config.S3_ACCESS_KEY_ID,
        secretAccessKey: config.S3_SECRET_ACCESS_KEY,
      };

export const composeFiles = (config: Config): FileStore => {
  const s3 = {
    credentials: s3Credentials(config),
    incoming: path.join(config.DATA_DIR, 'incoming'),
  };
  const files = createFileStore(config.FILES_URL, s3);
  return config.FILES_ALSO_URL === ''
    ? files
    : pairStores(files, createFileStore(config.FILES_ALSO_URL, s3));
};

export const composeStoredBytes = (config: Config): StoredBytes => {
  const [files, also] = composeFilePlaces(config) as [StoredBytes, StoredBytes?];
  return also ? pairBytes(files, also) : files;
};

export const composeFilePlaces = (config: Config): StoredBytes[] =>
  [config.FILES_URL, config.FILES_ALSO_URL]
    .filter((url) => url !== '')
    .map((url) => composeFilesAt(config, url));

export const composeFilesAt = (config: Config, url: string): StoredBytes =>
  createStoredBytes(url, s3Credentials(config));
