import type { SiteSettings } from '../env.ts';

type Origin = Pick<SiteSettings, 'publicOrigin'>;

export const receiptAddress = ({ publicOrigin }: Origin, token: string): string =>
  `${publicOrigin}/verify/${token}`;

export const shortVerifyAddress = ({ publicOrigin }: Origin): string =>
  `${new URL(publicOrigin).host}/verify`;

const CODE = /^[A-Za-z0-9_-]{20,1400}$/;

export const typedReceipt = (typed: string): string | undefined => {
  const [code = ''] = typed.replace(/\s+/g, '').split(/[?#]/);
  const last = code.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return CODE.test(last) ? last : undefined;
};
