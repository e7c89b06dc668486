import type { ActivityOptions } from '@temporalio/workflow';

/** Short transactions on the record. A database that is away is waited for, however long. */
export const RECORD_OPTIONS: ActivityOptions = {
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '15 seconds' },
};

/**
 * The SMS gateway: soon at first, then every five minutes for about four hours; after that the
 * letter says that it needs attention.
 */
export const SMS_OPTIONS: ActivityOptions = {
  startToCloseTimeout: '60 seconds',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 56,
  },
};
