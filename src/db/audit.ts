import type { Handle } from './client.ts';

export type Actor =
  | { kind: 'applicant' | 'staff' | 'operator'; id: string }
  | { kind: 'engine'; id: 'workflow' };

/** Written with the change it tells of. The same `dedupKey` again writes nothing. */
export const addAuditEntry = async (
  db: Handle,
  entry: {
    letterId?: string;
    actor: Actor;
    action: string;
    details?: Record<string, string | number | boolean | null>;
    dedupKey?: string;
  },
): Promise<void> => {
  await db`
    insert into audit_entries (letter_id, actor_kind, actor, action, details, dedup_key)
    values (${entry.letterId ?? null}, ${entry.actor.kind}, ${entry.actor.id}, ${entry.action},
            ${db.json(entry.details ?? {})}, ${entry.dedupKey ?? null})
    on conflict (dedup_key) do nothing`;
};
