import type { Child } from 'hono/jsx';
import type { View } from '../view.ts';
import { Icon } from './icon.tsx';

interface PasskeyFormProps {
  view: View;
  /** `create` a passkey, or `get` a signature of one. */
  act: 'create' | 'get';
  action: string;
  /** Where the script asks for what the authenticator is to do. */
  options: string;
  button: string;
  /** Said where passkeys do not work; a script replaces it by the form. */
  without: string;
  children?: Child;
}

/** The ceremony needs a script; the form and the answer to it do not. */
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
