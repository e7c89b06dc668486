export { bulkDecisionWorkflow } from './bulk.workflow.ts';
export { letterWorkflow } from './letter.workflow.ts';
