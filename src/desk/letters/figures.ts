/** What administrators and auditors see in figures; part of `Desk`. Nothing in it is about a person. */
import type { CountedMessages, CountedRegister } from './figures.sql.ts';
import type { LetterCounts, OpenState } from './figure-bands.ts';
import type { StaffMember } from '../staff/staff-member.ts';

/** Jalali, in the organisation's time zone. */
export interface FiguresMonth {
  year: number;
  /** 1 to 12. */
  month: number;
  /** Gregorian, `2026-11-22`. */
  firstDay: string;
  lastDay: string;
  from: Date;
  /** When the next one begins. */
  until: Date;
}

export type MessageCounts = Omit<CountedMessages, 'month'>;

export interface Figures {
  at: Date;
  /** The oldest first; the last one is not over. */
  months: (FiguresMonth & LetterCounts & { messages: MessageCounts })[];
  /** Of all these months. */
  total: LetterCounts;
  /** By the unit that has the letter now; units without a letter are left out. */
  units: (LetterCounts & { name: string; months: (FiguresMonth & LetterCounts)[] })[];
  registers: CountedRegister[];
  /** `ages`: how many are younger than the first of `AGE_BANDS`, than the second, …, and older. */
  open: { state: OpenState; ages: number[] }[];
  rejections: {
    /** Reasons to pick, also retired ones, that letters were rejected with: the most frequent first. */
    picked: { text: string; count: number }[];
    /** Typed by the reviewer, or a picked one that was changed. */
    own: number;
    /** Erased with the letter, or damaged. */
    gone: number;
    /** False: the newest were looked at, as many as a setting says. */
    whole: boolean;
  };
}

export interface ReadsFigures {
  /** Of the last twelve months. @throws not_allowed but for administrators and auditors */
  readFigures(input: { staff: StaffMember }): Promise<Figures>;
}
