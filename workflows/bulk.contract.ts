export const BULK_WORKFLOW = 'bulkDecisionWorkflow';
export const bulkWorkflowId = (bulkId: string): string => `bulk-${bulkId}`;

export interface BulkInput {
  bulkId: string;
  letterIds: string[];
}

export interface BulkActivities {
  decideLetterOfBulk(input: { bulkId: string; letterId: string }): Promise<void>;
  endBulk(input: { bulkId: string }): Promise<void>;
}
