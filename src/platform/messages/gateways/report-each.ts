import { SmsError, type DeliveryReport } from '../sms-gateway.ts';

export const reportEach = async (
  ids: string[],
  reportOf: (id: string) => Promise<DeliveryReport[]>,
): Promise<DeliveryReport[]> => {
  const reports: DeliveryReport[] = [];
  for (const id of ids) {
    try {
      reports.push(...(await reportOf(id)));
    } catch (error) {
      if (!(error instanceof SmsError)) throw error;
      if (!error.retryable) continue;
      if (reports.length === 0) throw error;
      break;
    }
  }
  return reports;
};
