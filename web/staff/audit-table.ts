import type { AuditPage } from '../../src/desk/administration/audit-trail.ts';
import { csvOf } from '../http/csv.ts';

const HEADS = ['id', 'at', 'actor_kind', 'actor', 'action', 'letter_number', 'letter_id'];

export const auditTable = (lines: AuditPage['lines']): string =>
  csvOf([
    [...HEADS, 'details', 'fits'],
    ...lines.map((line) => [
      line.id,
      line.at.toISOString(),
      line.actorKind,
      line.actor,
      line.action,
      line.letterNumber,
      line.letterId,
      JSON.stringify(line.details),
      line.fits ? 'yes' : 'no',
    ]),
  ]);
