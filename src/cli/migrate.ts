import { migrate } from '../platform/base/migrate.ts';
import { databaseUrl } from '../main/compose.ts';
import type { Commands } from './command.ts';

export const MIGRATE_COMMANDS: Commands = {
  migrate: {
    usage: 'migrate',
    help: 'bring the database to the newest schema',
    args: 0,
    anySchema: true,
    async run({ config }) {
      const applied = await migrate(databaseUrl(config));
      return {
        text: applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to do',
        json: { applied },
      };
    },
  },
};
