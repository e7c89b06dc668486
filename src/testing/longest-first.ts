import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** By the report at the end of a run. Begun last, one of them alone would draw the run out. */
const LONGEST = [
  'web/e2e/accessibility.e2e.test.ts',
  'tools/documented-steps.workflow.test.ts',
  'web/e2e/restore.e2e.test.ts',
  'web/e2e/guide.e2e.test.ts',
];

/** The longest files first, then the others of the browser, then the rest by vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId, project }: TestSpecification): number => {
      const place = LONGEST.findIndex((file) => moduleId.endsWith(file));
      if (place >= 0) return place;
      return project.name === 'e2e' ? LONGEST.length : LONGEST.length + 1;
    };
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
