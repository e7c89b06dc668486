import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../deps.ts';
import { findByGatewayIds, recordReceipts, takeUnreported } from './delivery-receipts.sql.ts';
import { gatewaysOf, SmsError, type DeliveryReport } from './sms-gateway.ts';

const ASK_DAYS = 3;
const ASKED_AT_ONCE = 100;
/** A report may arrive before the id of its message is stored. */
const LOOK_AGAIN_MS = [500, 2_000, 5_000];

const recordReports = async (
  { db }: Pick<Deps, 'db'>,
  { gateway, reports }: { gateway: string; reports: DeliveryReport[] },
): Promise<number> => {
  if (reports.length === 0) return 0;
  const gatewayMessageIds = reports.map(({ gatewayMessageId }) => gatewayMessageId);
  const ids = await findByGatewayIds(db, { gateway, gatewayMessageIds });
  const receipts = reports.flatMap(({ gatewayMessageId, state, reason }) => {
    const id = ids.get(gatewayMessageId);
    return id === undefined
      ? []
      : [{ id, state, at: null, reason: reason ?? null, gatewayMessageId }];
  });
  if (receipts.length > 0) await recordReceipts(db, { ids: [...ids.values()], receipts });
  return receipts.length;
};

export const takeReport = async (
  deps: Pick<Deps, 'db'>,
  { gateway, report }: { gateway: string; report: DeliveryReport },
): Promise<void> => {
  for (const wait of [...LOOK_AGAIN_MS, undefined]) {
    const known = await recordReports(deps, { gateway, reports: [report] });
    if (known > 0 || wait === undefined) return;
    await sleep(wait);
  }
};

export const fetchReports = async ({ db, log, smsGateway }: Deps): Promise<void> => {
  for (const gateway of gatewaysOf(smsGateway)) {
    if (!gateway.fetchReports) continue;
    const ids = await takeUnreported(db, {
      gateway: gateway.name,
      days: ASK_DAYS,
      limit: ASKED_AT_ONCE,
    });
    if (ids.length === 0) continue;
    try {
      const reports = await gateway.fetchReports(ids);
      await recordReports({ db }, { gateway: gateway.name, reports });
    } catch (error) {
      if (!(error instanceof SmsError)) throw error;
      log.warn({ gateway: gateway.name, why: error.message }, 'delivery reports were not fetched');
    }
  }
};
