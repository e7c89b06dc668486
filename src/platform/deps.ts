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

/** What use cases work with. `src/main/compose.ts` builds it once for each process. */
export interface Deps {
  config: Config;
  log: Logger;
  db: Db;
  /** Of the current master secret. */
  keys: Keys;
  rateLimits: RateLimit;
  files: FileStore;
  filePool: FilePool;
  /** Undefined: files are not scanned. */
  scanner: Scanner | undefined;
  smsGateway: SmsGateway;
  engine: LetterEngine;
  codec: DeskPayloadCodec;
  /** Undefined: staff sign in with a password only. */
  identityProvider: IdentityProvider | undefined;
  /** Has the dispatcher look at the outbox now; to be called after the commit. */
  wake: () => void;
  /** Of a decision or a unit action: the workflow has taken it up. */
  whenTaken: SharedWatch;
}
