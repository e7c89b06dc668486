/**
 * Messages and stack traces of failures go where the payload codec reaches them, and are marked: a
 * worker has to tell of a failure even while it cannot ask for the letter's key. Plain JavaScript,
 * because Temporal's SDK loads it by path, once by `require` and once into the workflow bundle.
 */
import { DefaultFailureConverter } from '@temporalio/common';

/** Name in a payload's metadata; `OF_FAILURE` of the payload codec. */
const OF_FAILURE = 'failure';

class MarkingFailureConverter extends DefaultFailureConverter {
  errorToFailure(error, payloadConverter, context) {
    const failure = super.errorToFailure(error, payloadConverter, context);
    const told = failure.encodedAttributes;
    if (told) told.metadata = { ...told.metadata, [OF_FAILURE]: new Uint8Array([1]) };
    return failure;
  }
}

export const failureConverter = new MarkingFailureConverter({ encodeCommonAttributes: true });
