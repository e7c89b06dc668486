import {
  isMail,
  MESSAGE_TEXTS,
  originalWording,
  textKey,
} from '../../src/desk/administration/message-texts.ts';
import type {
  MessageText,
  TypedWording,
  WordedText,
  WordingPreview,
} from '../../src/desk/administration/message-texts.ts';
import {
  ALONE,
  REQUIRED,
  VARIABLE_NAMES,
  variablesOf,
} from '../../src/platform/messages/sms-texts.ts';
import type { SmsLocale, SmsText } from '../../src/platform/messages/sms-texts.ts';
import { CardTable } from '../components/card-table.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { TextAreaField, TextField } from '../components/field.tsx';
import type { View } from '../view.ts';
import { adminPath } from './admin-areas.ts';
import { AdminPage, FormFrame } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

const HOME = adminPath('texts');

const TextsTable = ({
  view,
  staff,
  texts,
  of,
  sentIn,
  labelledBy,
}: AdminProps & {
  texts: WordedText[];
  of: MessageText[];
  sentIn: SmsLocale;
  labelledBy: string;
}) => {
  const words = view.text.admin.texts;
  const wordingsOf = (name: MessageText) => texts.filter(({ text }) => text === name);
  return (
    <CardTable
      labelledBy={labelledBy}
      rows={of}
      columns={[
        {
          head: words.columns.text,
          isRowHead: true,
          class: 'queue__subject',
          cell: (text) => words.names[text],
        },
        {
          head: words.columns.languages,
          labelled: true,
          cell: (name) => (
            <span class="text-links">
              {wordingsOf(name).map((worded) =>
                staff.role === 'admin' ? (
                  <a
                    href={`${HOME}/${textKey(worded)}`}
                    aria-label={`${words.names[name]}, ${words.languages[worded.locale]}`}
                  >
                    {words.languages[worded.locale]}
                  </a>
                ) : (
                  <span>{words.languages[worded.locale]}</span>
                ),
              )}
            </span>
          ),
        },
        {
          head: words.columns.state,
          labelled: true,
          cell: (name) => {
            const sent = wordingsOf(name).find(({ locale }) => locale === sentIn);
            return (
              <>
                {sent && !sent.isOriginal && <strong>{words.own}</strong>}
                <bdi lang={sentIn}>{sent?.subject || sent?.wording}</bdi>
              </>
            );
          },
        },
      ]}
    />
  );
};

export const MessageTextsPage = ({
  view,
  staff,
  texts,
  notice,
  sentIn,
}: AdminProps & { texts: WordedText[]; notice: string | undefined; sentIn: SmsLocale }) => {
  const words = view.text.admin.texts;
  const [mails, sms] = [true, false].map((wanted) =>
    MESSAGE_TEXTS.filter((text) => isMail(text) === wanted),
  );
  return (
    <AdminPage {...{ view, staff, notice }} area="texts">
      <p class="muted">
        {words.lead} {words.sentIn[sentIn]}
      </p>
      <section class="admin-part">
        <h2 id="sms">{words.sms}</h2>
        <TextsTable {...{ view, staff, texts, sentIn }} of={sms ?? []} labelledBy="sms" />
      </section>
      <section class="admin-part">
        <h2 id="mails">{words.mails}</h2>
        <TextsTable {...{ view, staff, texts, sentIn }} of={mails ?? []} labelledBy="mails" />
      </section>
    </AdminPage>
  );
};

const Variables = ({ view, text, locale }: { view: View; text: SmsText; locale: SmsLocale }) => {
  const words = view.text.admin.texts;
  const columns = words.variableColumns;
  return (
    <section class="card" aria-labelledby="variables">
      <h2 id="variables">{words.variables}</h2>
      <CardTable
        labelledBy="variables"
        rows={variablesOf(text)}
        columns={[
          {
            head: columns.name,
            isRowHead: true,
            cell: (variable) => <bdi>{`{${VARIABLE_NAMES[locale][variable]}}`}</bdi>,
          },
          { head: columns.meaning, labelled: true, cell: (variable) => words.meanings[variable] },
          {
            head: columns.needed,
            labelled: true,
            cell: (variable) =>
              [
                REQUIRED[text].includes(variable) ? words.needed : words.optional,
                ...(ALONE.has(variable) ? [words.alone] : []),
              ].join(view.text.punctuation.comma),
          },
        ]}
      />
    </section>
  );
};

const Preview = ({ view, preview }: { view: View; preview: WordingPreview }) => {
  const words = view.text.admin.texts;
  const { subject, text, length } = preview;
  return (
    <section class="card" aria-labelledby="preview" data-preview>
      <h2 id="preview">{words.previewHeading}</h2>
      {subject !== '' && (
        <p dir="auto">
          <strong>{subject}</strong>
        </p>
      )}
      {text !== '' && (
        <p class="user-text message-text" dir="auto">
          {text}
        </p>
      )}
      {length && (
        <p role="status" class="muted">
          {words.length(
            view.digits(length.parts),
            view.digits(length.signs),
            length.isGsm ? 'GSM-7' : 'UCS-2',
          )}
        </p>
      )}
    </section>
  );
};

export const MessageTextPage = ({
  view,
  staff,
  worded,
  typed = worded,
  preview,
  problems = {},
  stale = false,
}: AdminProps & {
  worded: WordedText;
  typed?: TypedWording;
  preview: WordingPreview;
  problems?: Problems;
  stale?: boolean;
}) => {
  const words = view.text.admin.texts;
  const { text, locale, version, isOriginal } = worded;
  const title = `${words.names[text]} (${words.languages[locale]})`;
  const action = `${HOME}/${textKey(worded)}`;
  const original = originalWording(text, locale);
  return (
    <FormFrame {...{ view, staff, title, problems, stale }} list="texts">
      <div class="card">
        <h1>{title}</h1>
        <form method="post" action={action} novalidate data-live-preview>
          <input type="hidden" name="version" value={String(version)} />
          {isMail(text) ? (
            <>
              <TextField
                id="subject"
                label={words.subject}
                problem={problems.subject}
                value={typed.subject}
              />
              <TextField
                id="wording"
                label={words.opening}
                hint={words.mailHint}
                problem={problems.wording}
                value={typed.wording}
              />
            </>
          ) : (
            <TextAreaField
              id="wording"
              label={words.wording}
              hint={text === 'code' ? words.codeHint : undefined}
              problem={problems.wording}
              value={typed.wording}
              rows={10}
            />
          )}
          <div class="actions">
            <button type="submit" class="button">
              {words.save}
            </button>
            <button type="submit" name="act" value="preview" class="button button--secondary">
              {words.preview}
            </button>
          </div>
        </form>
      </div>
      <Preview view={view} preview={preview} />
      {!isMail(text) && <Variables {...{ view, text, locale }} />}
      {!isOriginal && (
        <section class="card" aria-labelledby="restore">
          <h2 id="restore">{words.restoreHeading}</h2>
          <p class="user-text message-text" dir="auto">
            {[original.subject, original.wording].filter(Boolean).join('\n')}
          </p>
          <form method="post" action={action} novalidate>
            <input type="hidden" name="version" value={String(version)} />
            <button type="submit" name="act" value="restore" class="button button--secondary">
              {words.restore}
            </button>
          </form>
        </section>
      )}
      <script type="module" src={view.paths.wordingPreview} />
    </FormFrame>
  );
};
