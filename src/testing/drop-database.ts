import postgres from 'postgres';
import { until } from './until.ts';

const NOT_PERMITTED = '42501';

/** One statement on a connection of its own. */
export const executeAlone = async (adminUrl: string, statement: string): Promise<void> => {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
};

/**
 * Ends every connection to it and removes it. A vacuum that the server has begun there by itself may
 * not be ended by who is no superuser: it is waited for.
 */
export const dropDatabase = async (adminUrl: string, name: string): Promise<void> => {
  await until(() =>
    executeAlone(adminUrl, `drop database if exists ${name} with (force)`).then(
      () => true,
      (error: unknown) => {
        if (error instanceof postgres.PostgresError && error.code === NOT_PERMITTED) return false;
        throw error;
      },
    ),
  );
};
