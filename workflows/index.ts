export { letterWorkflow } from './letter.workflow.ts';
