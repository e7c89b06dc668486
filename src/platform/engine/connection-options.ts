import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';

/**
 * Without `localAddress` the SDK reads the standard `TEMPORAL_*` settings (address, API key, TLS,
 * profile).
 */
export const temporalConnectionOptions = (localAddress: string | undefined): ConnectionOptions =>
  localAddress === undefined
    ? loadClientConnectConfig().connectionOptions
    : { address: localAddress };
