import type { Problems } from '../components/error-summary.tsx';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import { cleanText } from '../../src/platform/base/text.ts';
import type { SiteSettings } from '../env.ts';
import type { PostedForm } from '../http/form-reader.ts';
import { textProblem } from '../portal/letter.form.ts';
import type { View } from '../view.ts';
import type { StockReason } from '../../src/desk/administration/stock-reasons.ts';

export interface StaffDraft {
  values: Record<string, string>;
  problems: Problems;
  held?: AttachedFile[];
}

export const EMPTY_DRAFT: StaffDraft = { values: {}, problems: {} };

export type TextFieldId =
  | 'reason'
  | 'returnReason'
  | 'update'
  | 'note'
  | 'referText'
  | 'replyText'
  | 'reworkText'
  | 'questionText'
  | 'consultText'
  | 'opinion'
  | 'closeReason'
  | 'annulReason'
  | 'annulInternal';

export const readText = (
  form: PostedForm,
  id: TextFieldId,
  missing: string,
  limits: SiteSettings['limits'],
  view: View,
): { text: string; problems: Problems } => {
  const text = cleanText(form.field(id));
  const problem = textProblem(text, missing, limits, view);
  return { text, problems: problem === undefined ? {} : { [id]: problem } };
};

export const readReason = (
  form: PostedForm,
  {
    kind,
    id,
    stockId,
    reasons,
  }: {
    kind: StockReason['kind'];
    id: 'reason' | 'returnReason';
    stockId: 'stockReason' | 'stockReturn';
    reasons: StockReason[];
  },
  limits: SiteSettings['limits'],
  view: View,
): { text: string; problems: Problems } => {
  const words = view.text.staffLetter.problems;
  const picked = form.field(stockId);
  if (picked !== '' && cleanText(form.field(id)) === '') {
    const reason = reasons.find((one) => one.kind === kind && one.id === picked);
    return { text: reason?.text ?? '', problems: reason ? {} : { [stockId]: words.stock_gone } };
  }
  const missing = kind === 'reject' ? words.reason_missing : words.return_missing;
  return readText(form, id, missing, limits, view);
};
