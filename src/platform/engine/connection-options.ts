import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';

/**
 * How to reach Temporal. `localAddress` is that of the local server; without it the standard
 * `TEMPORAL_*` settings say it (address, API key, TLS, profile file), read by the SDK.
 */
export const temporalConnectionOptions = (localAddress: string | undefined): ConnectionOptions =>
  localAddress === undefined
    ? loadClientConnectConfig().connectionOptions
    : { address: localAddress };
