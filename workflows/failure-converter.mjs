/**
 * Messages and stack traces of failures go where the payload codec reaches them. Plain JavaScript,
 * because Temporal's SDK loads it by path, once by `require` and once into the workflow bundle.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
