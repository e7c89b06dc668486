export type LimitName =
  | 'codes_of_address'
  | 'codes_to_address'
  | 'checks_of_address'
  | 'codes_of_desk'
  | 'codes_of_operator'
  | 'codes_of_prefix'
  | 'staff_of_address'
  | 'staff_of_name'
  | 'staff_of_browser'
  | 'second_factor'
  | 'forged_receipts'
  | 'verify_of_address'
  | 'file_checks'
  | 'previews'
  | 'tracking_misses'
  | 'api_reads'
  | 'api_writes';

export interface RateLimitSettings {
  codesPerAddress: number;
  codesOfDesk: number;
  codesPerOperator?: number;
  codesPerPrefix?: number;
  staffAttempts: number;
  trackingMisses: number;
  forgedReceipts: number;
  receiptChecks?: number;
  apiReads?: number;
  apiWrites?: number;
}

interface Rule {
  max: number;
  seconds: number;
  away: 'go on' | 'stop';
  alarm?: string;
  /** Logged once a window, at this hit: a lot, but not refused yet. */
  watchAt?: number;
}

const TEN_MINUTES = 600;
const HOUR = 3600;
const MINUTE = 60;
const CHECKS_OF_ADDRESS = 1_000;
const WATCHED_SHARE = 0.2;
const FILE_CHECK_POINTS = 60;
const PREVIEW_SECONDS = 120;

type CodeLimit = Extract<LimitName, `codes_${string}` | 'checks_of_address'>;

const codeRules = (settings: RateLimitSettings): Record<CodeLimit, Rule> => ({
  codes_of_address: {
    max: settings.codesPerAddress,
    seconds: TEN_MINUTES,
    away: 'stop',
    watchAt: Math.ceil(settings.codesPerAddress * WATCHED_SHARE),
  },
  // Drawing does not wait for a database that is away.
  checks_of_address: { max: CHECKS_OF_ADDRESS, seconds: TEN_MINUTES, away: 'go on' },
  // How many it may be stands with who asks.
  codes_to_address: { max: settings.codesOfDesk, seconds: TEN_MINUTES, away: 'stop' },
  codes_of_desk: {
    max: settings.codesOfDesk,
    seconds: TEN_MINUTES,
    away: 'stop',
    alarm: 'ALARM: the budget of sign-in codes is used up for those who ask now',
  },
  codes_of_operator: {
    max: settings.codesPerOperator ?? Infinity,
    seconds: TEN_MINUTES,
    away: 'stop',
    alarm: 'ALARM: very many sign-in codes for numbers of one operator, it gets none for now',
  },
  codes_of_prefix: {
    max: settings.codesPerPrefix ?? Infinity,
    seconds: TEN_MINUTES,
    away: 'stop',
    alarm: 'ALARM: many sign-in codes for neighbouring numbers, they get none for now',
  },
});

const otherRules = (settings: RateLimitSettings): Record<Exclude<LimitName, CodeLimit>, Rule> => {
  const staff = { max: settings.staffAttempts, seconds: TEN_MINUTES, away: 'stop' } as const;
  return {
    staff_of_address: { ...staff, alarm: 'many failed staff sign-ins from one address' },
    staff_of_name: { ...staff, alarm: 'many failed staff sign-ins with one user name' },
    staff_of_browser: { ...staff, alarm: 'many failed staff sign-ins in one known browser' },
    second_factor: { ...staff, alarm: 'ALARM: many wrong second factors after a right password' },
    tracking_misses: { max: settings.trackingMisses, seconds: HOUR, away: 'go on' },
    // They are refused in any case.
    forged_receipts: {
      max: settings.forgedReceipts,
      seconds: TEN_MINUTES,
      away: 'go on',
      alarm: 'many SMS receipts with a wrong signature from one address',
    },
    verify_of_address: {
      max: settings.receiptChecks ?? Infinity,
      seconds: TEN_MINUTES,
      away: 'go on',
    },
    file_checks: {
      max: FILE_CHECK_POINTS,
      seconds: TEN_MINUTES,
      away: 'go on',
      alarm: 'the files of one person take much to check, none is taken for now',
    },
    previews: {
      max: PREVIEW_SECONDS,
      seconds: TEN_MINUTES,
      away: 'go on',
      alarm: 'the files of one person take much to draw, they wait for now',
    },
    api_reads: { max: settings.apiReads ?? Infinity, seconds: MINUTE, away: 'go on' },
    api_writes: { max: settings.apiWrites ?? Infinity, seconds: MINUTE, away: 'go on' },
  };
};

export const rulesOf = (settings: RateLimitSettings): Record<LimitName, Rule> => ({
  ...codeRules(settings),
  ...otherRules(settings),
});
