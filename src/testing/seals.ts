import { createRecordSeals } from '../platform/base/record-seals.sql.ts';
import { deriveKeys } from '../platform/sealing/secrets.ts';

export const TEST_MASTER_SECRET = 'a master secret of tests, of no other use';

/** What a test gives to `createDb`: the record is sealed as in a running desk. */
export const testSeals = createRecordSeals({
  keys: [deriveKeys(TEST_MASTER_SECRET).record],
});
