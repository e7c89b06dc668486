import { isStoreAway } from './file-store.ts';
import { isDatabaseAway } from '../base/database.ts';
import { DomainError } from '../base/errors.ts';

// Users meet both as "try again later".
export const asUnavailable = (error: Error): Error =>
  isDatabaseAway(error) || isStoreAway(error) ? new DomainError('unavailable', {}, error) : error;
