import type { Config } from '../config.ts';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

export const exposureWarning = (config: Config): string | null => {
  if (isLoopback(config.HOST)) return null;
  const open = [
    ...(config.SMS_URL === 'outbox:' ? ['/dev/outbox answers this machine only'] : []),
    ...(config.CAPTCHA_TEST_CODE ? ['CAPTCHA_TEST_CODE passes everybody'] : []),
    ...(config.RATE_LIMITS === 'off' ? ['RATE_LIMITS is off for everybody'] : []),
    ...(config.STAFF_SECOND_FACTOR === 'off' ? ['staff have no second factor'] : []),
  ];
  return open.length === 0
    ? null
    : `HOST ${config.HOST}: other machines reach this desk, which is set for trying out: ${open.join('; ')}`;
};
