interface ProgressProps {
  id: string;
  /** What goes on; also read aloud. */
  label: string;
  /** From 0 to 100. */
  percent: number;
  /** The same in words, with the page's own digits. */
  words: string;
}

export const Progress = ({ id, label, percent, words }: ProgressProps) => (
  <div class="progress">
    <label for={id}>{label}</label>
    <progress id={id} max="100" value={percent}>
      {words}
    </progress>
    <p class="progress__words">{words}</p>
  </div>
);
