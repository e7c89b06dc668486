import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';
import { OperatorError } from '../base/errors.ts';
import { ENGINE_ADDRESS, ENGINE_ADDRESS_HINT } from './engine-address.ts';

const NAMES = 'TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE or TEMPORAL_TLS_*';

/**
 * Without `localAddress` the SDK reads the standard `TEMPORAL_*` settings (address, API key, TLS,
 * profile).
 */
export const temporalConnectionOptions = (localAddress: string | undefined): ConnectionOptions => {
  if (localAddress !== undefined) return { address: localAddress };
  const options = readStandardSettings();
  if (!ENGINE_ADDRESS.test(options.address ?? ''))
    throw new OperatorError(`${NAMES}: the address ${ENGINE_ADDRESS_HINT}`);
  return options;
};

const readStandardSettings = (): ConnectionOptions => {
  try {
    return loadClientConnectConfig().connectionOptions;
  } catch (error) {
    // The lines behind the first one quote the file, which may hold a key.
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new OperatorError(`${NAMES}: ${why}`, error);
  }
};
