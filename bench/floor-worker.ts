/** The worker of the bare workflow, with the SDK's own settings. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';

const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
const worker = await Worker.create({
  connection,
  taskQueue: 'floor',
  workflowsPath: fileURLToPath(new URL('floor.workflow.ts', import.meta.url)),
  activities: { register: async () => {}, sendSms: async () => {} },
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
// Returns after SIGTERM.
await worker.run();
await connection.close();
process.exit(0);
