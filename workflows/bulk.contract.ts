/** What others may name of the workflow that decides many letters; types and names only. */
export const BULK_WORKFLOW = 'bulkDecisionWorkflow';
export const bulkWorkflowId = (bulkId: string): string => `bulk-${bulkId}`;

/** As the record has it: the letters that are still to be decided, in their order. */
export interface BulkInput {
  bulkId: string;
  letterIds: string[];
}

export interface BulkActivities {
  /** A letter that is done, or was cancelled, is left alone. */
  decideLetterOfBulk(input: { bulkId: string; letterId: string }): Promise<void>;
  endBulk(input: { bulkId: string }): Promise<void>;
}
