/** What other systems ask of the desk with a key; part of `Desk`. */
import type { KeyScope } from './api-keys.sql.ts';
import type { ChainedEntry } from '../../desk/register/register.sql.ts';
import type { LetterStatus, LetterStep } from '../../desk/letters/letter.ts';
import type { Administered, NameProblem } from '../../desk/administration/administration.ts';
import type { LetterSummary, Unit } from '../../desk/desk.ts';
import type { StaffMember } from '../../desk/staff/staff-member.ts';

export type { KeyScope } from './api-keys.sql.ts';

/** Each may do what those before it may. */
export const KEY_SCOPES: readonly KeyScope[] = ['read', 'decide', 'admin'];

/** A key that is good now. */
export interface ApiKey {
  id: string;
  name: string;
  scope: KeyScope;
  /** It sees only what is registered and with this unit. Null: every letter. */
  unitId: string | null;
  expiresAt: Date | null;
  /** What the use cases of the staff desk take it for. */
  staff: StaffMember;
}

/** What is left out is not asked for. Instants: `Since` is in, `Until` is not. */
export interface ApiLetterQuery {
  status?: LetterStatus | undefined;
  step?: LetterStep | undefined;
  unitId?: string | undefined;
  register?: string | undefined;
  /** The letter has one of these. */
  letterNumbers?: string[] | undefined;
  trackingCode?: string | undefined;
  /** E.164, of the sender. */
  mobile?: string | undefined;
  submittedSince?: Date | undefined;
  submittedUntil?: Date | undefined;
  registeredSince?: Date | undefined;
  registeredUntil?: Date | undefined;
  /** Id of the last letter of the page before. */
  after?: string | undefined;
  limit: number;
}

export interface ApiRegisterQuery {
  register?: string | undefined;
  /** Jalali. */
  year?: number | undefined;
  /** The last entry of the page before. */
  after?: Pick<ChainedEntry, 'register' | 'year' | 'serial'> | undefined;
  limit: number;
}

export interface ApiAnswer {
  status: number;
  /** JSON. Nothing personal: it is kept for a day. */
  body: object;
}

export interface Api {
  /**
   * Undefined: there is none, or it is revoked or expired.
   * @throws too_many with fact `seconds`
   */
  openKey(input: { key: string; writes: boolean }): Promise<ApiKey | undefined>;
  /** In the order of submission, oldest first. `more`: there are letters after these. */
  listApiLetters(
    input: ApiLetterQuery & { key: ApiKey },
  ): Promise<{ letters: LetterSummary[]; more: boolean }>;
  /** In the order of the chains. @throws not_allowed for a key of one unit */
  listApiRegister(
    input: ApiRegisterQuery & { key: ApiKey },
  ): Promise<{ entries: ChainedEntry[]; more: boolean }>;
  /**
   * The same request again has the same answer; one that `act` throws is not kept. Where no answer was
   * stored, `act` is asked again: it has to know its own earlier effect by the Idempotency-Key.
   */
  answerOnce(input: {
    key: ApiKey;
    idempotencyKey: string;
    /** Of method, address and body. */
    requestHash: Buffer;
    act: () => Promise<ApiAnswer>;
  }): Promise<
    | { outcome: 'answered'; answer: ApiAnswer; repeated: boolean }
    /** Another one had this Idempotency-Key. */
    | { outcome: 'other_request' }
  >;
  /** The same `unitId` again: the same unit. @throws key_reused for another name; not_allowed without the scope `admin` */
  addUnitByKey(
    input: ByKey & { unitId: string; name: string },
  ): Promise<Administered<{ name?: NameProblem }, { unit: Unit }>>;
  /** @throws not_found, not_allowed */
  renameUnitByKey(
    input: ByKey & { unitId: string; name: string },
  ): Promise<Administered<{ name?: NameProblem }, { unit: Unit }>>;
  /** Again: the same. @throws not_found, not_allowed */
  retireUnitByKey(
    input: ByKey & { unitId: string },
  ): Promise<Administered<{ name?: NameProblem }, { unit: Unit }>>;
}

interface ByKey {
  key: ApiKey;
  from?: string | undefined;
}
