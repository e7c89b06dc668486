import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';

/** host:port of the Temporal server of this test run; its namespace is `default`. */
export const temporalAddress = (): string => inject('temporalAddress');

/** A client of that server, with what closes its connection. */
export const connectTestClient = async (
  address = temporalAddress(),
): Promise<{ client: Client; close: () => Promise<void> }> => {
  const connection = await Connection.connect({ address, connectTimeout: '10s' });
  return { client: new Client({ connection }), close: () => connection.close() };
};
