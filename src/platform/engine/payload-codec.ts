/**
 * Encrypts Temporal's payloads with the letter's own key, so that erasing the key reaches every
 * copy of a history. Accepts payloads in the clear (signals typed by hand).
 */
import { createHash } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { IN_CLEAR, letterWorkflowId } from '../../../workflows/letter.contract.ts';
import { decrypt, encrypt } from '../base/encryption.ts';
import type { LetterKeyFinder } from './letter-key-cache.ts';
import { isUuid } from '../base/uuid.ts';

export const ENCRYPTED = 'binary/encrypted';
const KEY = 'key';
const WORKFLOW = 'workflow';

/** Set by `workflows/failure-converter.mjs`; dropped on encoding. */
const OF_FAILURE = 'failure';

const LETTER_KEY = 'letter';
const WORKFLOW_ID_START = letterWorkflowId('');

export type Unreadable = 'erased' | 'damaged' | 'of another workflow';

/** Replaces an unreadable payload; no signal, query or page mistakes it for anything else. */
const SAYS: Record<Unreadable, string> = {
  erased: 'the key of this letter was erased',
  damaged: 'this payload was changed or is not whole',
  'of another workflow': 'this payload was made for another workflow',
};

export class DeskPayloadCodec implements PayloadCodec {
  readonly #letterKeys: LetterKeyFinder;
  readonly #deskKey: Buffer;
  readonly #named: Map<string, Buffer>;

  /**
   * @param options.deskKeys 32 bytes derived from each master secret, the current one first: for
   *   letters without a key and payloads of unknown workflows
   */
  constructor({ letterKeys, deskKeys }: { letterKeys: LetterKeyFinder; deskKeys: Buffer[] }) {
    const [deskKey] = deskKeys;
    if (!deskKey) throw new Error('a codec needs the key of the desk');
    this.#letterKeys = letterKeys;
    this.#deskKey = deskKey;
    this.#named = new Map(deskKeys.map((key) => [nameOf(key), key]));
  }

  encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.#encode(payload, context?.workflowId ?? '')));
  }

  decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.#decode(payload, context)));
  }

  /** Workflow id of an encrypted payload, empty when unknown; null for one in the clear. */
  ownerOf(payload: Payload): string | null {
    return isEncrypted(payload) ? text(payload, WORKFLOW) : null;
  }

  /**
   * Whether `decode` accepts it. `foreign`: under a key that this process lacks; `malformed`: not
   * written by this codec.
   */
  check(payload: Payload): 'known' | 'foreign' | 'malformed' {
    if (!isEncrypted(payload)) return 'known';
    const name = text(payload, KEY);
    const workflowId = text(payload, WORKFLOW);
    if (!isWorkflowId(workflowId)) return 'malformed';
    if (name === LETTER_KEY) return letterIdOf(workflowId) === undefined ? 'malformed' : 'known';
    if (this.#named.has(name)) return 'known';
    return DESK_KEY_NAME.test(name) ? 'foreign' : 'malformed';
  }

  async #encode(given: Payload, workflowId: string): Promise<Payload> {
    if (given.metadata?.[IN_CLEAR]) return given;
    const { [OF_FAILURE]: ofFailure, ...metadata } = given.metadata ?? {};
    const payload = ofFailure ? { ...given, metadata } : given;
    const letterId = letterIdOf(workflowId);
    try {
      const letterKey = letterId === undefined ? undefined : await this.#letterKeys.find(letterId);
      return this.#seal(payload, workflowId, letterKey);
    } catch (error) {
      if (!ofFailure) throw error;
      // A worker that cannot tell of a failure ends itself. What happened stands in its log; under
      // the desk's key it would outlive the letter's.
      return this.#seal(UNTOLD_FAILURE, workflowId);
    }
  }

  #seal(payload: Payload, workflowId: string, letterKey?: Buffer): Payload {
    const name = letterKey ? LETTER_KEY : nameOf(this.#deskKey);
    return {
      metadata: {
        encoding: Buffer.from(ENCRYPTED),
        [KEY]: Buffer.from(name),
        [WORKFLOW]: Buffer.from(workflowId),
      },
      data: encrypt(letterKey ?? this.#deskKey, pack(payload), bound(name, workflowId)),
    };
  }

  async #decode(payload: Payload, context?: SerializationContext): Promise<Payload> {
    if (!isEncrypted(payload)) return payload;
    const name = text(payload, KEY);
    const workflowId = text(payload, WORKFLOW);
    if (context?.workflowId && workflowId && context.workflowId !== workflowId)
      return unreadable('of another workflow');
    const key = await this.#keyNamed(name, workflowId);
    if (!key) return unreadable('erased');
    try {
      return unpack(decrypt(key, payload.data ?? new Uint8Array(), bound(name, workflowId)));
    } catch {
      // No deployment could ever read it: a worker must not try for ever.
      return unreadable('damaged');
    }
  }

  async #keyNamed(name: string, workflowId: string): Promise<Buffer | undefined> {
    const letterId = letterIdOf(workflowId);
    if (name === LETTER_KEY && letterId !== undefined) return this.#letterKeys.find(letterId);
    const key = this.#named.get(name);
    if (!key) throw new Error(`no key is called ${JSON.stringify(name.slice(0, 40))} here`);
    return key;
  }
}

const nameOf = (key: Buffer): string =>
  `desk ${createHash('sha256').update('name of').update(key).digest('hex').slice(0, 8)}`;

const DESK_KEY_NAME = /^desk [0-9a-f]{8}$/;

/** Temporal limits ids to 1,000 bytes; PostgreSQL stores no NUL. */
const isWorkflowId = (id: string): boolean => Buffer.byteLength(id) <= 1_000 && !id.includes('\0');

export const letterIdOf = (workflowId: string): string | undefined => {
  const id = workflowId.slice(WORKFLOW_ID_START.length);
  return workflowId.startsWith(WORKFLOW_ID_START) && isUuid(id) ? id : undefined;
};

const text = ({ metadata }: Payload, name: string): string =>
  Buffer.from(metadata?.[name] ?? []).toString();

export const isEncrypted = (payload: Payload): boolean => text(payload, 'encoding') === ENCRYPTED;

/** Stands in for a failure that came while the letter's key was not available. */
const UNTOLD_FAILURE: Payload = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(
    JSON.stringify({
      message: 'the key of this letter could not be read; what failed is in the log of the worker',
      stack_trace: '',
    }),
  ),
};

const unreadable = (why: Unreadable): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify({ unreadable: SAYS[why] })),
});

/** Additional authenticated data: a payload moved to another workflow or key does not open. */
const bound = (keyName: string, workflowId: string): string =>
  JSON.stringify(['pishkhan payload v1', keyName, workflowId]);

const pack = ({ metadata, data }: Payload): Buffer => {
  const names = Object.entries(metadata ?? {}).map(([name, value]) => [
    name,
    Buffer.from(value ?? []).toString('base64'),
  ]);
  const head = JSON.stringify([Object.fromEntries(names), data ? 1 : 0]);
  return Buffer.concat([Buffer.from(head), Buffer.from([0]), data ?? new Uint8Array()]);
};

const unpack = (plain: Buffer): Payload => {
  const end = plain.indexOf(0);
  const [names, hasData] = JSON.parse(plain.subarray(0, end).toString()) as [
    Record<string, string>,
    0 | 1,
  ];
  return {
    metadata: Object.fromEntries(
      Object.entries(names).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ),
    ...(hasData === 1 && { data: plain.subarray(end + 1) }),
  };
};
