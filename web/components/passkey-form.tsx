import type { Child } from 'hono/jsx';
import type { View } from '../view.ts';
import { Icon } from './icon.tsx';

interface PasskeyFormProps {
  view: View;
  act: 'create' | 'get';
  action: string;
  options: string;
  button: string;
  without: string;
  children?: Child;
}

export const PasskeyForm = (props: PasskeyFormProps) => {
  const words = props.view.text.account.passkey;
  return (
    <>
      <form
        method="post"
        action={props.action}
        class="passkey"
        data-passkey={props.act}
        data-options={props.options}
        data-working={words.working}
        data-failed={words.failed}
        novalidate
        hidden
      >
        {props.children}
        <input type="hidden" name="answer" value="" />
        <div class="actions">
          <button type="submit" class="button button--secondary">
            <Icon name="key" />
            {props.button}
          </button>
        </div>
        <p role="status" class="passkey__status"></p>
      </form>
      <p class="muted" data-passkey-without>
        {props.without}
      </p>
      <script type="module" src={props.view.paths.passkey} />
    </>
  );
};
