import { isStoreAway } from './file-store.ts';
import { isDatabaseAway } from '../base/database.ts';
import { DomainError } from '../base/errors.ts';

/** A database or a file store that is away is something that a person can meet. */
export const asUnavailable = (error: Error): Error =>
  isDatabaseAway(error) || isStoreAway(error) ? new DomainError('unavailable', {}, error) : error;
