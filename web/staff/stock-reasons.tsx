import { Icon } from '../components/icon.tsx';
import { useKept } from '../components/kept-values.tsx';
import type { View } from '../view.ts';
import type { StaffDraft } from './staff-letter.form.ts';
import type { StockReason } from '../../src/desk/administration/stock-reasons.ts';

const KEYS = 9;

interface StockReasonsProps {
  view: View;
  draft: StaffDraft;
  reasons: StockReason[];
  kind: StockReason['kind'];
  into: string;
}

// Without a script the chosen reason is sent as it is, if nothing is typed.
export const StockReasons = ({ view, draft, reasons, kind, into }: StockReasonsProps) => {
  const words = view.text.staffLetter;
  const id = kind === 'reject' ? 'stockReason' : 'stockReturn';
  const problem = draft.problems[id];
  const options = reasons.filter((reason) => reason.kind === kind);
  const chosen = useKept(id) ?? draft.values[id] ?? '';
  const known = options.some((option) => option.id === chosen) ? chosen : '';
  // A field that is not there cannot say what is wrong with it.
  if (options.length === 0 && problem === undefined) return null;
  return (
    <fieldset class="choices" data-into={into}>
      <legend>{words.stock[kind]}</legend>
      <p class="field__hint">{words.stockHint}</p>
      {problem && (
        <p class="field__problem" id={`${id}-problem`}>
          <Icon name="alert" />
          <span>{problem}</span>
        </p>
      )}
      {[...options, { id: '', text: words.stockPrompt }].map(({ id: value, text }, index) => (
        <label class="choice">
          <input
            type="radio"
            id={index === 0 ? id : undefined}
            name={id}
            value={value}
            checked={value === known}
            aria-keyshortcuts={value !== '' && index < KEYS ? String(index + 1) : undefined}
            aria-describedby={index === 0 && problem ? `${id}-problem` : undefined}
          />
          <span>
            <bdi>{text}</bdi>
          </span>
          {value !== '' && index < KEYS && <kbd aria-hidden="true">{view.digits(index + 1)}</kbd>}
        </label>
      ))}
    </fieldset>
  );
};
