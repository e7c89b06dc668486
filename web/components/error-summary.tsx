import type { View } from '../view.ts';
import { Icon } from './icon.tsx';

export type Problems = Record<string, string>;

interface ErrorSummaryProps {
  view: View;
  problems: Problems;
}

// `autofocus` moves the focus here without a script.
export const ErrorSummary = ({ view, problems }: ErrorSummaryProps) => {
  const entries = Object.entries(problems);
  if (entries.length === 0) return null;
  return (
    <div class="error-summary" role="alert" aria-labelledby="problems" tabindex={-1} autofocus>
      <h2 id="problems">
        <Icon name="alert" />
        {view.text.layout.problemHeading}
      </h2>
      <ul>
        {entries.map(([id, problem]) => (
          <li>
            <a href={`#${id}`}>{problem}</a>
          </li>
        ))}
      </ul>
    </div>
  );
};
