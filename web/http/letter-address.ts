/** Parts of an address that name a letter or a reply; anything else is not found. */
import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';

const REPLY_NUMBER = /^[1-9][0-9]{0,3}$/;

/** @throws not_found when it is no id */
export const ensureUuid = (text: string): string => {
  if (!isUuid(text)) throw new DomainError('not_found');
  return text;
};

/** @throws not_found when the address holds no letter id */
export const letterIdOf = (c: Context): string => ensureUuid(c.req.param('id') ?? '');

/** @throws not_found when the address holds no id of an answer */
export const answerIdOf = (c: Context): string => ensureUuid(c.req.param('answer') ?? '');

/** @throws not_found when the address holds no number of a page */
export const pageNumberOf = (c: Context): number => {
  const page = c.req.param('page') ?? '';
  if (!REPLY_NUMBER.test(page)) throw new DomainError('not_found');
  return Number(page);
};

/** @throws not_found when the address holds no round of a letter */
export const roundOf = (c: Context): number => {
  const round = c.req.param('round') ?? '';
  if (!REPLY_NUMBER.test(round)) throw new DomainError('not_found');
  return Number(round);
};

/** @throws not_found when the address holds no reply number */
export const replyNumberOf = (c: Context): number => {
  const number = c.req.param('number') ?? '';
  if (!REPLY_NUMBER.test(number)) throw new DomainError('not_found');
  return Number(number);
};
