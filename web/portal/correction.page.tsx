import type { AttachedFile, Letter, Unit } from '../../src/usecases/desk.ts';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { FileLink } from '../components/file-link.tsx';
import { Layout } from '../components/layout.tsx';
import { RemoveHeldFile, UploadField } from '../components/upload-field.tsx';
import type { View } from '../view.ts';

export interface CorrectionDraft {
  /** A UUID made with the form: the same form again is the same correction. */
  formKey: string;
  round: number;
  unitId: string;
  subject: string;
}

interface CorrectionPageProps {
  view: View;
  letter: Letter;
  units: Unit[];
  draft: CorrectionDraft;
  /** A good file that came with an earlier try. */
  held?: AttachedFile | undefined;
  problems?: Problems;
}

/** The letter as it was sent, to be changed where it has to be. */
export const CorrectionPage = ({
  view,
  letter,
  units,
  draft,
  held,
  problems = {},
}: CorrectionPageProps) => {
  const { correction: words, newLetter, facts } = view.text;
  const href = `/letters/${letter.id}`;
  return (
    <Layout
      view={view}
      title={words.title}
      signedIn={{ area: 'portal' }}
      hasProblems={Object.keys(problems).length > 0}
    >
      <BackLink href={href} label={view.text.withdrawal.tooLate.see} />
      <ErrorSummary view={view} problems={problems} />
      <div class="card">
        <h1>{words.title}</h1>
        {letter.returnReason !== null && (
          <div class="reason reason--return">
            <h2>{facts.returnReason}</h2>
            <p class="user-text" dir="auto">
              {letter.returnReason}
            </p>
          </div>
        )}
        <p class="note">{words.lead}</p>
        <form
          method="post"
          action={`${href}/correction`}
          enctype="multipart/form-data"
          novalidate
          data-kept-form
        >
          <input type="hidden" name="formKey" value={draft.formKey} />
          <input type="hidden" name="round" value={String(draft.round)} />
          <SelectField
            id="unit"
            label={newLetter.unit}
            problem={problems.unit}
            value={draft.unitId}
            prompt={newLetter.unitChoose}
            options={units.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <TextField
            id="subject"
            label={newLetter.subject}
            problem={problems.subject}
            value={draft.subject}
          />
          <dl class="facts">
            <div>
              <dt>{words.currentFile}</dt>
              <dd>
                <FileLink view={view} file={letter.file} href={`${href}/file`} />
              </dd>
            </div>
          </dl>
          <UploadField
            view={view}
            held={held}
            id="file"
            label={words.file}
            hint={words.fileHint(view.maxFileMegabytes)}
            problem={problems.file}
          />
          <div class="actions">
            <button type="submit" class="button">
              {words.submit}
            </button>
            <RemoveHeldFile view={view} held={held} />
          </div>
        </form>
      </div>
    </Layout>
  );
};
