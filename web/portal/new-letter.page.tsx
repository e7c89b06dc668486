import type { LetterDraft } from './letter.form.ts';
import { RELATIONS } from '../../src/desk/letters/letter.ts';
import type { Unit } from '../../src/desk/administration/units.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { Layout } from '../components/layout.tsx';
import { NoticeBox } from '../components/notice.tsx';
import { RelationFields } from '../components/relation-fields.tsx';
import { RemoveHeldFiles, UploadField } from '../components/upload-field.tsx';
import type { View } from '../view.ts';
import { LetterFields } from './letter-fields.tsx';

interface NewLetterPageProps {
  view: View;
  units: Unit[];
  draft: LetterDraft;
  held?: AttachedFile[];
  problems?: Problems;
  earlierId?: string | undefined;
}

const isRelated = ({ relations }: LetterDraft, problems: Problems): boolean =>
  RELATIONS.some((kind) => relations[kind] !== '' || problems[kind] !== undefined);

export const NewLetterPage = ({
  view,
  units,
  draft,
  held = [],
  problems = {},
  earlierId,
}: NewLetterPageProps) => {
  const words = view.text.newLetter;
  return (
    <Layout
      view={view}
      title={words.title}
      signedIn={{ area: 'portal' }}
      hasProblems={Object.keys(problems).length > 0}
    >
      <BackLink href="/letters" label={view.text.letter.backToList} />
      <ErrorSummary view={view} problems={problems} />
      <div class="card">
        <h1>{words.title}</h1>
        {earlierId !== undefined && (
          <NoticeBox tone="warning" role="status">
            {words.sentBefore} <a href={`/letters/${earlierId}`}>{words.seeEarlier}</a>
          </NoticeBox>
        )}
        {units.length === 0 && <p class="notice notice--info">{words.noUnits}</p>}
        <form
          method="post"
          action="/letters/new"
          enctype="multipart/form-data"
          novalidate
          data-kept-form
        >
          <KeyField name="submissionKey" value={draft.submissionKey} of="/letters/new" />
          <TextField
            id="senderName"
            label={words.senderName}
            problem={problems.senderName}
            value={draft.senderName}
            autocomplete="name"
          />
          <LetterFields view={view} units={units} values={draft} problems={problems} />
          <details
            class="fold"
            open={isRelated(draft, problems) || view.kept?.path === '/letters/new'}
          >
            <summary>{view.text.related.add}</summary>
            <RelationFields view={view} values={draft.relations} problems={problems} />
          </details>
          <UploadField
            view={view}
            several
            held={held}
            id="file"
            label={words.file}
            hint={words.fileHint(view.maxFileMegabytes, view.digits(view.maxFiles))}
            problem={problems.file}
          />
          <p class="note">{words.afterSubmit}</p>
          <div class="actions">
            <button type="submit" class="button">
              {words.submit}
            </button>
            <RemoveHeldFiles view={view} held={held} several />
          </div>
        </form>
      </div>
    </Layout>
  );
};
