import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { DeskPayloadCodec } from './payload-codec.ts';

/** For whatever bundles workflows: what a workflow throws is converted inside the bundle. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(
  new URL('../../../workflows/failure-converter.mjs', import.meta.url),
);

/** The same for every client and worker of a desk. */
export const createDataConverter = (codec: DeskPayloadCodec): DataConverter => ({
  payloadCodecs: [codec],
  failureConverterPath: FAILURE_CONVERTER_PATH,
});
