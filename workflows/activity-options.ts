import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

const HEARTBEAT_TIMEOUT = '5 seconds';

/** Longer than any step takes: a second attempt beside a running one could send an SMS twice. */
export const AT_ONCE_OPTIONS: LocalActivityOptions = {
  startToCloseTimeout: '130 seconds',
  retry: { maximumAttempts: 1 },
};

export const RECORD_OPTIONS: ActivityOptions = {
  startToCloseTimeout: '20 seconds',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '15 seconds' },
};

/**
 * Soon at first, then every five minutes for about four hours; after that the letter needs
 * attention.
 */
export const SMS_OPTIONS: ActivityOptions = {
  // Longer than the longest SMS_TIMEOUT_MS.
  startToCloseTimeout: '130 seconds',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 56,
  },
};

/** As long as the scanner is away: a closed file blocks nothing else. */
export const SCAN_OPTIONS: ActivityOptions = {
  // Longer than one scan may take.
  startToCloseTimeout: '90 seconds',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
};
