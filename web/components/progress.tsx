interface ProgressProps {
  id: string;
  label: string;
  percent: number;
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
