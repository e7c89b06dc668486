import type { Config } from '../config.ts';
import type { Db } from './base/database.ts';
import type { IdentityProvider } from './base/identity-provider.ts';
import type { Logger } from './base/logger.ts';
import type { RateLimit } from './base/rate-limit.ts';
import type { SharedWatch } from './base/shared-watch.ts';
import type { LetterEngine } from './engine/letter-engine.ts';
import type { DeskPayloadCodec } from './engine/payload-codec.ts';
import type { Scanner } from './files/clamd.ts';
import type { FileStore } from './files/file-store.ts';
import type { FilePool } from './files/pool/file-pool.ts';
import type { SmsGateway } from './messages/sms-gateway.ts';
import type { Keys } from './sealing/secrets.ts';

export interface Deps {
  config: Config;
  log: Logger;
  db: Db;
  keys: Keys;
  rateLimits: RateLimit;
  files: FileStore;
  filePool: FilePool;
  scanner: Scanner | undefined;
  smsGateway: SmsGateway;
  engine: LetterEngine;
  codec: DeskPayloadCodec;
  identityProvider: IdentityProvider | undefined;
  /** Makes the dispatcher poll the outbox now; call it after the commit. */
  wake: () => void;
  whenTaken: SharedWatch;
}
