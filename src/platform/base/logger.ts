import { pino } from 'pino';
import { withoutCredentials } from './credentials.ts';

export type Logger = pino.Logger;

/**
 * JSON lines of ids, states and durations: never a mobile number, a code, a name or a user's text.
 * Library errors may quote their input, so only chosen fields of an error are kept and anything
 * like a number or a code is masked.
 */
export const createLogger = ({
  name,
  level,
  file,
}: {
  name: string;
  level: string;
  file?: string;
}): Logger =>
  pino(
    {
      name,
      level,
      redact: ['mobile', 'code', 'taskToken', '*.taskToken'],
      serializers: { err: readError, error: readError, why: maskText, reason: maskText },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map(maskText) as typeof args);
        },
        // What no serializer has seen, as a field of somebody else's object.
        streamWrite: maskMobiles,
      },
    },
    pino.destination({ dest: file ?? 1, sync: true, mkdir: file !== undefined }),
  );

/** As people write them, in any digits, but not as part of a longer word or id. */
const MOBILE = /(?<![\w-])(?:\+|00)?(?:98|0)9\d{9}(?![\w-])/g;
const CODE = /(?<![\w.:+-])\d{6}(?![\w.:-])/g;

const maskMobiles = (text: string): string => withoutCredentials(text.replace(MOBILE, '[mobile]'));

export const maskText = <Value>(value: Value): Value =>
  (typeof value === 'string' ? maskMobiles(value).replace(CODE, '[code]') : value) as Value;

/** Of a database error. Its `detail` would quote the row. */
const FACTS = ['code', 'constraint_name', 'table_name', 'routine', 'facts', 'errno', 'syscall'];
const MOST_CAUSES = 5;

const readError = (error: unknown, depth = 0): unknown => {
  if (!(error instanceof Error)) return maskText(error);
  const all = error as unknown as Record<string, unknown>;
  return {
    type: error.constructor.name,
    message: maskText(error.message),
    stack: maskText(error.stack),
    ...Object.fromEntries(
      FACTS.filter((name) => all[name] !== undefined).map((name) => [name, maskText(all[name])]),
    ),
    ...(error.cause !== undefined &&
      depth < MOST_CAUSES && { cause: readError(error.cause, depth + 1) }),
  };
};
