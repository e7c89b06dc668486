import { FILE_EXTENSIONS, PICTURE_EXTENSIONS } from '../../src/platform/files/stored-file.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import { FILE_ACTION_FIELD, HELD_FIELD, REMOVE_FILE } from '../http/form-file.ts';
import type { View } from '../view.ts';
import { controlProps, Frame, type FieldProps } from './field.tsx';
import { Icon } from './icon.tsx';
import { useKeptFiles } from './kept-values.tsx';

interface UploadProps extends FieldProps {
  view: View;
  several?: boolean;
}

interface UploadFieldProps extends UploadProps {
  /** Files of an earlier attempt: several are sent with those that are chosen, one in place of none. */
  held: AttachedFile[];
}

const ACCEPTED = [...Object.keys(FILE_EXTENSIONS), ...PICTURE_EXTENSIONS].map(
  (extension) => `.${extension}`,
);

const HeldFiles = ({ view, id, files, several }: UploadProps & { files: AttachedFile[] }) => {
  const words = view.text.file;
  return (
    <div class="held-file">
      <input type="hidden" name={HELD_FIELD} value={String(files.length)} />
      {files.map((file) => (
        <p class="held-file__name">
          <Icon name="check" />
          <span>
            <bdi>{file.name}</bdi>
            {view.text.punctuation.comma}
            {view.fileSize(file.bytes)}
          </span>
        </p>
      ))}
      <p class="field__hint" id={`${id}-held`}>
        {files.length === 1 ? words.held : words.heldSeveral}{' '}
        {several ? words.heldMore : words.heldOther}
      </p>
    </div>
  );
};

// `send-form.js` adds dropping, the camera and progress. `accept` only helps to choose. One per
// page.
export const UploadField = (props: UploadFieldProps) => {
  const { view, id, several = false } = props;
  const held = useHeld(props.held, id, several);
  const { upload, problems } = view.text.file;
  const control = controlProps(props);
  const described = [control['aria-describedby'], held.length > 0 && `${id}-held`, `${id}-check`];
  return (
    <Frame field={props}>
      {held.length > 0 && <HeldFiles {...props} files={held} />}
      <div
        class="upload"
        data-upload
        data-max={String(view.maxFileBytes)}
        data-several={upload.several}
        data-most={several ? String(view.maxFiles) : undefined}
        data-too-many={problems.too_many(view.digits(view.maxFiles))}
        data-of-file={view.text.file.ofFile('{name}', '{problem}')}
        data-wrong-type={problems.wrong_extension}
        data-too-big={problems.too_big(view.maxFileMegabytes)}
        data-empty={problems.empty}
        data-sending={upload.sending('%')}
        data-checking={upload.checking}
        data-retrying={upload.retrying}
        data-cancelled={upload.cancelled}
      >
        <p class="field__problem" id={`${id}-check`} role="alert" hidden data-upload-check />
        <div class="upload__pick">
          <input
            {...control}
            aria-describedby={described.filter(Boolean).join(' ')}
            class="input input--file"
            type="file"
            accept={ACCEPTED.join(',')}
            multiple={several}
          />
          <div class="upload__own" aria-hidden="true">
            <span class="button button--secondary">{upload.choose}</span>
            <span data-upload-names={upload.count('{count}')}>
              <span class="upload__drop">{upload.drop}</span>
            </span>
          </div>
        </div>
        {several && <ol class="upload__chosen" hidden data-upload-chosen={upload.remove} />}
        <div class="upload__tools" hidden data-upload-tools>
          <button type="button" class="button button--small" hidden data-upload-camera>
            <Icon name="camera" />
            {upload.camera}
          </button>
        </div>
        <div class="upload__sending" hidden data-upload-sending>
          <div class="progress upload__bar">
            <progress max="1" value="0" aria-labelledby={`${id}-status`} data-upload-bar />
          </div>
          <button type="button" class="button button--small" data-upload-stop>
            <Icon name="close" />
            {upload.cancel}
          </button>
        </div>
        <p class="upload__status" id={`${id}-status`} role="status" data-upload-status />
      </div>
    </Frame>
  );
};

const useHeld = (held: AttachedFile[], field: string, several: boolean): AttachedFile[] => {
  const kept = useKeptFiles(field);
  const files = held.length > 0 ? held : kept;
  return several ? files : files.slice(-1);
};

// After the main button, which Enter presses.
export const RemoveHeldFiles = ({
  view,
  held,
  field = 'file',
  several = false,
}: {
  view: View;
  held: AttachedFile[];
  field?: string;
  several?: boolean;
}) => {
  const words = view.text.file;
  const files = useHeld(held, field, several);
  return (
    <>
      {files.map((file, index) => (
        <button
          type="submit"
          class="button button--secondary"
          name={FILE_ACTION_FIELD}
          value={files.length === 1 ? REMOVE_FILE : `${REMOVE_FILE} ${index + 1}`}
        >
          <Icon name="remove" />
          {files.length === 1 ? words.heldRemove : words.heldRemoveOne}
          {files.length > 1 && (
            <>
              {' '}
              <bdi>{file.name}</bdi>
            </>
          )}
        </button>
      ))}
    </>
  );
};
