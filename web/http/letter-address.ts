import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';

const REPLY_NUMBER = /^[1-9][0-9]{0,3}$/;

export const ensureUuid = (text: string): string => {
  if (!isUuid(text)) throw new DomainError('not_found');
  return text;
};

export const letterIdOf = (c: Context): string => ensureUuid(c.req.param('id') ?? '');

export const answerIdOf = (c: Context): string => ensureUuid(c.req.param('answer') ?? '');

export const pageNumberOf = (c: Context): number => {
  const page = c.req.param('page') ?? '';
  if (!REPLY_NUMBER.test(page)) throw new DomainError('not_found');
  return Number(page);
};

export const roundOf = (c: Context): number => {
  const round = c.req.param('round') ?? '';
  if (!REPLY_NUMBER.test(round)) throw new DomainError('not_found');
  return Number(round);
};

export const replyNumberOf = (c: Context): number => {
  const number = c.req.param('number') ?? '';
  if (!REPLY_NUMBER.test(number)) throw new DomainError('not_found');
  return Number(number);
};

export const fileNumberOf = (c: Context): number => {
  const file = c.req.param('n') ?? '';
  if (!REPLY_NUMBER.test(file)) throw new DomainError('not_found');
  return Number(file);
};
