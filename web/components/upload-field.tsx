import { FILE_EXTENSIONS, PICTURE_EXTENSIONS } from '../../src/platform/files/stored-file.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import { FILE_ACTION_FIELD, HELD_FIELD, REMOVE_FILE } from '../http/form-file.ts';
import type { View } from '../view.ts';
import { controlProps, Frame, type FieldProps } from './field.tsx';
import { Icon } from './icon.tsx';
import { useKeptFile } from './kept-values.tsx';

interface UploadFieldProps extends FieldProps {
  view: View;
  held: AttachedFile | undefined;
}

const ACCEPTED = [...Object.keys(FILE_EXTENSIONS), ...PICTURE_EXTENSIONS].map(
  (extension) => `.${extension}`,
);

const HeldFile = ({ view, id, file }: { view: View; id: string; file: AttachedFile }) => (
  <div class="held-file">
    <input type="hidden" name={HELD_FIELD} value="1" />
    <p class="held-file__name">
      <Icon name="check" />
      <span>
        <bdi>{file.name}</bdi>
        {view.text.punctuation.comma}
        {view.fileSize(file.bytes)}
      </span>
    </p>
    <p class="field__hint" id={`${id}-held`}>
      {view.text.file.held} {view.text.file.heldOther}
    </p>
  </div>
);

// `send-form.js` adds dropping, the camera and progress. `accept` only helps to choose. One per
// page.
export const UploadField = (props: UploadFieldProps) => {
  const { view, id } = props;
  const held = props.held ?? useKeptFile(id);
  const { upload, problems } = view.text.file;
  const control = controlProps(props);
  const described = [control['aria-describedby'], held && `${id}-held`, `${id}-check`];
  return (
    <Frame field={props}>
      {held && <HeldFile view={view} id={id} file={held} />}
      <div
        class="upload"
        data-upload
        data-max={String(view.maxFileBytes)}
        data-several={upload.several}
        data-wrong-type={problems.wrong_extension}
        data-too-big={problems.too_big(view.maxFileMegabytes)}
        data-empty={problems.empty}
        data-sending={upload.sending('%')}
        data-checking={upload.checking}
        data-retrying={upload.retrying}
        data-cancelled={upload.cancelled}
      >
        <p class="field__problem" id={`${id}-check`} role="alert" hidden data-upload-check />
        <input
          {...control}
          aria-describedby={described.filter(Boolean).join(' ')}
          class="input input--file"
          type="file"
          accept={ACCEPTED.join(',')}
        />
        <div class="upload__tools" hidden data-upload-tools>
          <p class="field__hint">{upload.drop}</p>
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

// After the main button, which Enter presses.
export const RemoveHeldFile = ({
  view,
  held,
  field = 'file',
}: {
  view: View;
  held: AttachedFile | undefined;
  field?: string;
}) =>
  (held ?? useKeptFile(field)) === undefined ? null : (
    <button
      type="submit"
      class="button button--secondary"
      name={FILE_ACTION_FIELD}
      value={REMOVE_FILE}
    >
      <Icon name="remove" />
      {view.text.file.heldRemove}
    </button>
  );
