import { deskVerifies } from './commands.ts';
import type { Evidence, Looked } from './evidence.ts';

export const numbersGapless = async ({ stage, letters }: Evidence): Promise<Looked> => {
  const entries = await stage.sql<
    {
      register: string;
      year: number;
      serial: number;
      number: string;
      letter_id: string;
      registered_at: Date;
      prev_hash: string;
      hash: string;
    }[]
  >`
    select register, year, serial, number, letter_id, registered_at, prev_hash, hash
    from register_entries order by register, year, serial`;
  const breaks: string[] = [];
  let before: (typeof entries)[number] | undefined;
  const entered = new Map<string, string>();
  for (const entry of entries) {
    const sameBook = before?.register === entry.register;
    const follows = sameBook && before?.year === entry.year ? before.serial + 1 : 1;
    if (entry.serial !== follows)
      breaks.push(
        `${entry.register} ${entry.year}: ${entry.serial} stands where ${follows} should`,
      );
    if (sameBook && before && entry.registered_at < before.registered_at)
      breaks.push(`${entry.number} was registered before ${before.number}`);
    if (sameBook && before && entry.prev_hash !== before.hash)
      breaks.push(`${entry.number} does not name the hash of ${before.number}`);
    if (entered.has(entry.letter_id)) breaks.push(`letter ${entry.letter_id} has two numbers`);
    entered.set(entry.letter_id, entry.number);
    before = entry;
  }
  for (const { id, status, letter_number: number } of letters.values()) {
    if (status === 'approved' && (number === null || entered.get(id) !== number))
      breaks.push(`approved letter ${id} says ${number}, the register ${entered.get(id)}`);
    if (status !== 'approved' && (number !== null || entered.has(id)))
      breaks.push(`letter ${id} is ${status} and has the number ${number ?? entered.get(id)}`);
  }
  const verified = await deskVerifies(stage, 'verify-register');
  if (verified.problem) breaks.push(verified.problem);
  return { breaks, looked: `${entries.length} numbers; ${verified.said}` };
};

const TRACKING_CODE = /^[0-9A-HJKMNP-TV-Z]{12}$/;

export const codesUnique = async ({ letters }: Evidence): Promise<Looked> => {
  const breaks: string[] = [];
  const seen = new Map<string, string>();
  for (const { id, status, tracking_code: code } of letters.values()) {
    if ((status === 'approved') !== (code !== null))
      breaks.push(`letter ${id} is ${status} and its tracking code is ${code}`);
    if (code === null) continue;
    if (!TRACKING_CODE.test(code)) breaks.push(`letter ${id}: ${code} is no tracking code`);
    if (seen.has(code)) breaks.push(`${seen.get(code)} and ${id} have the same tracking code`);
    seen.set(code, id);
  }
  return { breaks, looked: `${seen.size} codes` };
};
