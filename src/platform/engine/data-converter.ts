import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { DeskPayloadCodec } from './payload-codec.ts';

export const FAILURE_CONVERTER_PATH = fileURLToPath(
  new URL('../../../workflows/failure-converter.mjs', import.meta.url),
);

export const createDataConverter = (codec: DeskPayloadCodec): DataConverter => ({
  payloadCodecs: [codec],
  failureConverterPath: FAILURE_CONVERTER_PATH,
});
