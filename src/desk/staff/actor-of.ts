import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { StaffMember } from './staff-member.ts';

export const actorOf = ({ id, keyId }: Pick<StaffMember, 'id' | 'keyId'>): Actor =>
  keyId === undefined ? { kind: 'staff', id } : { kind: 'key', id: keyId };

export const doerOf = ({
  id,
  keyId,
}: Pick<StaffMember, 'id' | 'keyId'>):
  | { staffId: string; keyId: null }
  | { staffId: null; keyId: string } =>
  keyId === undefined ? { staffId: id, keyId: null } : { staffId: null, keyId };
