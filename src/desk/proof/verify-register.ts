/**
 * Trusts nothing of the register: every hash is recomputed, every serial, year and time compared
 * with the one before, every letter with its entry, and every checkpoint with its entry.
 */
import type { Db, Tx } from '../../platform/base/database.ts';
import {
  FIRST_PREV_HASH,
  firstSerialOf,
  hashRegisterEntry,
  listCounters,
  listLettersWithoutEntry,
  listMissingGuards,
  listRegisters,
  listUnprovedAnnulments,
  walkRegisters,
  liftStatementTimeout,
} from '../register/register.sql.ts';
import type { ProvedEntry, Register, RegisterCounter } from '../register/register.sql.ts';
import { listCheckpoints } from '../register/register-checkpoints.sql.ts';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import { AUDIT_TRAIL } from '../register/register-checkpoint.ts';
import type { RegisterCheckpoint } from '../register/register-checkpoint.ts';

export interface Problem {
  register: string | null;
  year: number | null;
  serial: number | null;
  number: string | null;
  why: string;
}

export interface VerifiedRegister {
  register: string;
  entries: number;
  last: { year: number; serial: number; number: string; hash: string } | null;
}

export interface RegisterReport {
  ok: boolean;
  registers: VerifiedRegister[];
  problems: Problem[];
  checkpoints: number;
}

export interface KnownCheckpoint extends RegisterCheckpoint {
  source: string;
}

const MAX_NAMED = 10;

/** All reads see one snapshot, also while letters are being approved. */
export const readOneMoment = <Result>(db: Db, read: (tx: Tx) => Promise<Result>): Promise<Result> =>
  db.begin('isolation level repeatable read read only', async (tx) => {
    await liftStatementTimeout(tx);
    return read(tx);
  });

export const verifyRegister = (
  db: Db,
  { timeZone, checkpoints }: { timeZone: string; checkpoints: KnownCheckpoint[] },
): Promise<RegisterReport> =>
  readOneMoment(db, async (tx) => {
    const registers = await listRegisters(tx);
    const counters = await listCounters(tx);
    const known = [...checkpoints, ...(await storedCheckpoints(tx))].filter(
      ({ register }) => register !== AUDIT_TRAIL,
    );
    const chains = new Map(
      registers.map((register) => [
        register.id,
        new ChainCheck({
          register,
          timeZone,
          checkpoints: known.filter((checkpoint) => checkpoint.register === register.id),
          counters: counters.filter((counter) => counter.register === register.id),
        }),
      ]),
    );
    for await (const rows of walkRegisters(tx))
      for (const row of rows) chains.get(row.register)?.read(row);
    const results = [...chains.values()].map((chain) => chain.end());
    const problems = [
      ...results.flatMap(({ problem }) => (problem ? [problem] : [])),
      ...known
        .filter(({ register }) => !chains.has(register))
        .slice(0, MAX_NAMED)
        .map((checkpoint) => ({
          ...place(checkpoint),
          why: `${published(checkpoint)}: there is no such register`,
        })),
      ...(await besideTheChains(tx)),
    ];
    return {
      ok: problems.length === 0,
      registers: results.map(({ summary }) => summary),
      problems,
      checkpoints: known.length,
    };
  });

export const storedCheckpoints = async (tx: Tx): Promise<KnownCheckpoint[]> =>
  (await listCheckpoints(tx)).map((checkpoint) => ({
    ...checkpoint,
    source: 'table register_heads',
  }));

const place = ({
  register,
  year,
  serial,
}: {
  register: string;
  year: number;
  serial: number;
}): Omit<Problem, 'why'> => ({ register, year, serial, number: null });

const published = ({ at, source }: KnownCheckpoint): string => `published ${at} (${source})`;

const besideTheChains = async (tx: Tx): Promise<Problem[]> => {
  const nowhere = { register: null, year: null, serial: null, number: null };
  const [letters, annulments, guards] = await Promise.all([
    listLettersWithoutEntry(tx, MAX_NAMED),
    listUnprovedAnnulments(tx),
    listMissingGuards(tx),
  ]);
  return [
    ...letters.map(({ id, letterNumber }) => ({
      ...nowhere,
      number: letterNumber,
      why: `letter ${id} is registered and has no entry`,
    })),
    ...annulments.map(({ missing, ...entry }) => ({
      ...entry,
      why: `the annulment of this number has no ${missing}`,
    })),
    ...guards.map((name) => ({
      ...nowhere,
      why: `the trigger ${name} is switched off: the database does not refuse changes`,
    })),
  ];
};

const positionOf = ({ year, serial }: { year: number; serial: number }): string =>
  `${year} ${serial}`;

const isAfter = (
  a: { year: number; serial: number },
  b: { year: number; serial: number },
): boolean => a.year > b.year || (a.year === b.year && a.serial > b.serial);

const groupByPosition = (checkpoints: KnownCheckpoint[]): Map<string, KnownCheckpoint[]> => {
  const groups = new Map<string, KnownCheckpoint[]>();
  for (const checkpoint of checkpoints) {
    const group = groups.get(positionOf(checkpoint));
    if (group) group.push(checkpoint);
    else groups.set(positionOf(checkpoint), [checkpoint]);
  }
  return groups;
};

/** Keeps the first problem only: nothing behind it can be trusted. */
class ChainCheck {
  readonly #register: Register;
  readonly #timeZone: string;
  readonly #counters: RegisterCounter[];
  readonly #checkpointsAt: Map<string, KnownCheckpoint[]>;
  readonly #lastOfYear = new Map<number, number>();
  #before: ProvedEntry | undefined;
  #lastMatch: KnownCheckpoint | undefined;
  #entries = 0;
  #problem: Problem | undefined;

  constructor({
    register,
    timeZone,
    checkpoints,
    counters,
  }: {
    register: Register;
    timeZone: string;
    checkpoints: KnownCheckpoint[];
    counters: RegisterCounter[];
  }) {
    this.#register = register;
    this.#timeZone = timeZone;
    this.#counters = counters;
    this.#checkpointsAt = groupByPosition(checkpoints);
  }

  read(entry: ProvedEntry): void {
    this.#entries += 1;
    this.#problem ??= this.#findProblem(entry);
    this.#checkpointsAt.delete(positionOf(entry));
    this.#lastOfYear.set(entry.year, entry.serial);
    this.#before = entry;
  }

  end(): { summary: VerifiedRegister; problem: Problem | undefined } {
    const { id } = this.#register;
    const last = this.#before && {
      year: this.#before.year,
      serial: this.#before.serial,
      number: this.#before.number,
      hash: this.#before.hash,
    };
    const problem =
      this.#problem ??
      whyCut([...this.#checkpointsAt.values()].flat(), last) ??
      whyCounter(id, this.#counters, this.#lastOfYear);
    return { summary: { register: id, entries: this.#entries, last: last ?? null }, problem };
  }

  #findProblem(entry: ProvedEntry): Problem | undefined {
    const why =
      whyNotNext(this.#before, entry, this.#register) ??
      whyNotItself(entry, this.#timeZone) ??
      whyNotItsLetter(entry, this.#timeZone) ??
      this.#whyNotPublished(entry);
    const { register, year, serial, number } = entry;
    return why === undefined ? undefined : { register, year, serial, number, why };
  }

  #whyNotPublished(entry: ProvedEntry): string | undefined {
    for (const checkpoint of this.#checkpointsAt.get(positionOf(entry)) ?? []) {
      if (checkpoint.hash === entry.hash) this.#lastMatch = checkpoint;
      else
        return `its hash is not the one ${published(checkpoint)}: ${
          this.#lastMatch
            ? `the register was written anew somewhere after ${this.#lastMatch.year}/${this.#lastMatch.serial}, the last checkpoint that matches`
            : 'the register was written anew'
        }`;
    }
    return undefined;
  }
}

const whyNotNext = (
  before: ProvedEntry | undefined,
  entry: ProvedEntry,
  register: Register,
): string | undefined => {
  const wanted =
    before?.year === entry.year ? before.serial + 1 : firstSerialOf(register, entry.year);
  if (entry.serial > wanted)
    return entry.serial === wanted + 1
      ? `serial ${wanted} is missing before it`
      : `serials ${wanted} to ${entry.serial - 1} are missing before it`;
  if (entry.serial < wanted) return `serials of ${entry.year} start at ${wanted}`;
  if (entry.prevHash !== (before?.hash ?? FIRST_PREV_HASH))
    return before
      ? `it does not carry the hash of ${before.number}, the entry before it`
      : 'it is the first and names an entry before it';
  if (before && entry.registeredAt < before.registeredAt)
    return `it is dated before ${before.number}, the entry above it`;
  return undefined;
};

const whyNotItself = (entry: ProvedEntry, timeZone: string): string | undefined => {
  if (hashRegisterEntry(entry.prevHash, entry) !== entry.hash || !entry.wholeMilliseconds)
    return 'its hash does not fit what it says: it was changed after it was written';
  const { year } = toJalali(entry.registeredAt, timeZone);
  return year === entry.year
    ? undefined
    : `it was registered in the year ${year} of ${timeZone}, at ${entry.registeredAt.toISOString()}`;
};

const whyNotItsLetter = (entry: ProvedEntry, timeZone: string): string | undefined => {
  const letter = `letter ${entry.letterId}`;
  if (entry.letterStatus !== 'approved')
    return entry.letterStatus === null
      ? `${letter} is not in the record`
      : `${letter} is not approved but ${entry.letterStatus}`;
  if (entry.letterNumber !== entry.number)
    return `${letter} has the number ${entry.letterNumber ?? 'none'}`;
  if (entry.letterRegisteredAt?.getTime() !== entry.registeredAt.getTime())
    return `${letter} was registered at ${entry.letterRegisteredAt?.toISOString() ?? 'no time'}`;
  const date = formatJalaliDate(toJalali(entry.registeredAt, timeZone));
  return entry.letterRegisteredOn === date
    ? undefined
    : `${letter} bears the date ${entry.letterRegisteredOn ?? 'none'}, and the entry is of ${date}`;
};

const whyCut = (
  unseen: KnownCheckpoint[],
  last: { year: number; serial: number; number: string } | undefined,
): Problem | undefined => {
  const [checkpoint] = unseen;
  if (!checkpoint) return undefined;
  const gone = `the entry ${published(checkpoint)} is not in the register`;
  return {
    ...place(checkpoint),
    why:
      !last || isAfter(checkpoint, last)
        ? `${gone}: its end was cut off after ${last?.number ?? 'nothing'}`
        : gone,
  };
};

const whyCounter = (
  register: string,
  counters: RegisterCounter[],
  lastOfYear: Map<number, number>,
): Problem | undefined => {
  for (const counter of counters) {
    const last = lastOfYear.get(counter.year);
    if (counter.lastSerial !== last)
      return {
        ...place({ ...counter, serial: counter.lastSerial }),
        why: `the counter of ${counter.year} says ${counter.lastSerial} and the last entry is ${last ?? 'none'}`,
      };
  }
  const counted = new Set(counters.map(({ year }) => year));
  for (const [year, serial] of lastOfYear)
    if (!counted.has(year))
      return {
        ...place({ register, year, serial }),
        why: `the year ${year} has entries and no counter`,
      };
  return undefined;
};
