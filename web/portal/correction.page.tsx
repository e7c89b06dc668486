import { hasInfected } from '../../src/platform/files/file-checks.ts';
import type { Unit } from '../../src/desk/administration/units.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import type { Problems } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { FileLinks } from '../components/file-link.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { Reason } from '../components/letter-head.tsx';
import { RemoveHeldFiles, UploadField } from '../components/upload-field.tsx';
import type { View } from '../view.ts';
import { LetterFormPage } from './letter-form.page.tsx';
import { LetterFields } from './letter-fields.tsx';
import type { Letter } from '../../src/desk/letters/letter-detail.ts';

export interface CorrectionDraft {
  formKey: string;
  round: number;
  senderName: string;
  unitId: string;
  subject: string;
}

interface CorrectionPageProps {
  view: View;
  letter: Letter;
  units: Unit[];
  draft: CorrectionDraft;
  held?: AttachedFile[];
  problems?: Problems;
}

export const CorrectionPage = ({
  view,
  letter,
  units,
  draft,
  held = [],
  problems = {},
}: CorrectionPageProps) => {
  const { correction: words, facts } = view.text;
  const href = `/letters/${letter.id}`;
  const hint = hasInfected(letter.files) ? words.fileHintInfected : words.fileHint;
  return (
    <LetterFormPage {...{ view, href, problems }} title={words.title}>
      <Reason heading={facts.returnReason} reason={letter.returnReason} ofReturn />
      <p class="note">{words.lead}</p>
      <form
        method="post"
        action={`${href}/correction`}
        enctype="multipart/form-data"
        novalidate
        data-kept-form
      >
        <KeyField name="formKey" value={draft.formKey} of={`${href}/correction`} />
        <input type="hidden" name="round" value={String(draft.round)} />
        <TextField
          id="senderName"
          label={view.text.newLetter.senderName}
          problem={problems.senderName}
          value={draft.senderName}
          autocomplete="name"
        />
        <LetterFields view={view} units={units} values={draft} problems={problems} />
        <dl class="facts">
          <div>
            <dt>{letter.files.length === 1 ? words.currentFile : words.currentFiles}</dt>
            <dd>
              <FileLinks view={view} files={letter.files} href={href} />
            </dd>
          </div>
        </dl>
        <UploadField
          view={view}
          several
          held={held}
          id="file"
          label={words.file}
          hint={hint(view.maxFileMegabytes, view.digits(view.maxFiles))}
          problem={problems.file}
        />
        <div class="actions">
          <button type="submit" class="button">
            {words.submit}
          </button>
          <RemoveHeldFiles view={view} held={held} several />
        </div>
      </form>
    </LetterFormPage>
  );
};
