import type { Child } from 'hono/jsx';
import { Icon } from './icon.tsx';
import { useKept } from './kept-values.tsx';

export interface FieldProps {
  id: string;
  name?: string;
  label: string;
  hint?: string | undefined;
  problem?: string | undefined;
}

const describedBy = ({ id, hint, problem }: FieldProps): string | undefined =>
  [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ') || undefined;

export const controlProps = (field: FieldProps) => ({
  id: field.id,
  name: field.name ?? field.id,
  'aria-describedby': describedBy(field),
  'aria-invalid': field.problem === undefined ? undefined : ('true' as const),
});

export const Frame = ({ field, children }: { field: FieldProps; children: Child }) => (
  <div class={field.problem === undefined ? 'field' : 'field field--wrong'}>
    <label for={field.id}>{field.label}</label>
    {field.hint && (
      <p class="field__hint" id={`${field.id}-hint`}>
        {field.hint}
      </p>
    )}
    {field.problem && (
      <p class="field__problem" id={`${field.id}-problem`}>
        <Icon name="alert" />
        <span>{field.problem}</span>
      </p>
    )}
    {children}
  </div>
);

interface TextFieldProps extends FieldProps {
  value?: string;
  type?: 'text' | 'tel' | 'password' | 'search';
  inputmode?: 'numeric' | 'tel' | 'text';
  autocomplete?: string;
  // Numbers and codes are written from left to right in every language.
  latin?: boolean;
  width?: 'code' | 'phone' | 'full';
  autofocus?: boolean;
  children?: Child;
}

export const TextField = (props: TextFieldProps) => (
  <Frame field={props}>
    {props.children}
    <input
      {...controlProps(props)}
      class={`input input--${props.width ?? 'full'}`}
      type={props.type ?? 'text'}
      value={useKept(props.name ?? props.id) ?? props.value ?? ''}
      inputmode={props.inputmode}
      autocomplete={props.autocomplete ?? 'off'}
      autocapitalize={props.latin ? 'off' : undefined}
      dir={props.latin ? 'ltr' : 'auto'}
      autofocus={props.autofocus}
    />
  </Frame>
);

interface TextAreaFieldProps extends FieldProps {
  value?: string;
  rows?: number;
}

export const TextAreaField = (props: TextAreaFieldProps) => (
  <Frame field={props}>
    <textarea {...controlProps(props)} class="input" rows={props.rows ?? 4} dir="auto">
      {/* A browser drops the first line break of a text area. */}
      {`\n${useKept(props.name ?? props.id) ?? props.value ?? ''}`}
    </textarea>
  </Frame>
);

interface SelectFieldProps extends FieldProps {
  value?: string | undefined;
  prompt?: string;
  into?: string;
  options: { value: string; label: string }[];
}

export const SelectField = (props: SelectFieldProps) => {
  const chosen = useKept(props.name ?? props.id) ?? props.value;
  return (
    <Frame field={props}>
      <select {...controlProps(props)} class="input" data-into={props.into}>
        {props.prompt !== undefined && <option value="">{props.prompt}</option>}
        {props.options.map(({ value, label }) => (
          <option value={value} selected={value === chosen}>
            {label}
          </option>
        ))}
      </select>
    </Frame>
  );
};
