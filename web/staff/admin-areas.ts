export const ADMIN_HOME = '/staff/admin';

export const ADMIN_GROUPS = {
  organisation: ['branding', 'members', 'units', 'reasons', 'texts', 'registers', 'calendar'],
  integrations: ['keys', 'webhooks'],
  oversight: ['process', 'statistics', 'audit', 'stuck'],
} as const;

export type AdminArea = (typeof ADMIN_GROUPS)[keyof typeof ADMIN_GROUPS][number];

export const adminPath = (area: AdminArea): string => `${ADMIN_HOME}/${area}`;
