import { pino } from 'pino';

export type Logger = pino.Logger;

/**
 * JSON lines on standard output. What is logged are ids, states and durations: never a mobile
 * number, a code, a name or a text that somebody wrote.
 */
export const createLogger = ({ name, level }: { name: string; level: string }): Logger =>
  pino({ name, level, redact: ['mobile', 'code', 'taskToken', '*.taskToken'] });
