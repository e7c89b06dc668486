/** A Temporal client that reads and writes payloads as the processes of a running desk do. */
import { Client, Connection } from '@temporalio/client';
import { createDataConverter } from '../platform/engine/data-converter.ts';
import { readConfig } from '../config.ts';
import { createDb } from '../platform/base/database.ts';
import { createLogger } from '../platform/base/logger.ts';
import { composeCodec, composeSeals, databaseUrl } from '../main/compose.ts';
import type { RunningDesk } from './running-desk.ts';

export const connectDeskClient = async (
  desk: Pick<RunningDesk, 'env'>,
): Promise<{ client: Client; close: () => Promise<void> }> => {
  const config = readConfig(desk.env);
  const log = createLogger({ name: 'test', level: 'silent' });
  const seals = composeSeals(config);
  const db = createDb({ url: databaseUrl(config), max: 1, log, name: 'test', seals });
  const connection = await Connection.connect({ address: config.TEMPORAL_ADDRESS });
  const dataConverter = createDataConverter(composeCodec(config, db));
  return {
    client: new Client({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter }),
    async close() {
      await connection.close();
      await db.end({ timeout: 5 });
    },
  };
};
