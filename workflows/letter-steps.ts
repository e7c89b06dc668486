import * as wf from '@temporalio/workflow';
import { RECORD_OPTIONS, SCAN_OPTIONS, SMS_OPTIONS } from './activity-options.ts';
import type { LetterActivities, Recorded, UnitActionSignal } from './letter.contract.ts';
import { proxySteps } from './steps.ts';

export const record = proxySteps<LetterActivities>(RECORD_OPTIONS);
export const sms = proxySteps<Pick<LetterActivities, 'sendMessage'>>(SMS_OPTIONS);
export const scanner = wf.proxyActivities<Pick<LetterActivities, 'scanFile'>>(SCAN_OPTIONS);

const RECORD_ACTION = {
  update: record.recordUpdate,
  note: record.recordNote,
  refer: record.recordReferral,
  recall: record.recordReferralWithdrawal,
  reply: record.recordReply,
  release: record.recordRelease,
  rework: record.recordRework,
  close: record.recordClosing,
  ask: record.recordQuestion,
  unask: record.recordQuestionWithdrawal,
  answer: record.recordAnswer,
  reopen: record.recordReopening,
  consult: record.recordConsultation,
  opine: record.recordOpinion,
  unconsult: record.recordConsultationWithdrawal,
} satisfies Record<UnitActionSignal['kind'], unknown>;

export const recordAction = (
  letterId: string,
  { kind, actionId }: UnitActionSignal,
): Promise<Recorded> => RECORD_ACTION[kind]({ letterId, actionId });
