import type { Actor } from '../platform/audit/audit.sql.ts';

/** Who does what is done on the command line: as the audit trail says it. */
export const OPERATOR = { kind: 'operator', id: 'command line' } as const satisfies Actor;
