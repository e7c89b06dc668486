import { setTimeout as sleep } from 'node:timers/promises';
import { plainIdentity } from '../../web/identity.ts';
import type { Identity } from '../../web/identity.ts';
import { drawnIdentity } from '../desk/administration/branding.ts';
import { isDatabaseAway } from '../platform/base/database.ts';
import { readOrganisation, readOrganisationVersion } from '../platform/base/organisation.sql.ts';
import type { OrganisationRow } from '../platform/base/organisation.ts';
import type { Deps } from '../platform/deps.ts';

type IdentityDeps = Pick<Deps, 'db' | 'filePool' | 'config' | 'log'>;

const FRESH_MS = 5_000;
const FIRST_MS = 5_000;

/** How pages show the organisation. Looked at again while the process runs: any process may change it. */
export class SiteIdentity {
  readonly #deps: IdentityDeps;
  #identity = plainIdentity('سازمان نمونه');
  #version = 0;
  #drawnVersion = 0;
  #undrawn = { version: 0, at: -Infinity };
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;

  private constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  static async open(deps: IdentityDeps): Promise<SiteIdentity> {
    const opened = new SiteIdentity(deps);
    // The pages come up without the database too.
    await Promise.race([opened.renew(), sleep(FIRST_MS, undefined, { ref: false })]);
    return opened;
  }

  current(): Identity {
    if (performance.now() - this.#lookedAt > FRESH_MS) void this.#look();
    return this.#identity;
  }

  async renew(olderThanMs = 0): Promise<void> {
    if (!this.#looking && performance.now() - this.#lookedAt < olderThanMs) return;
    // One that has begun may have read before the change.
    await this.#looking;
    await this.#look();
  }

  #look(): Promise<void> {
    this.#lookedAt = performance.now();
    this.#looking ??= this.#read()
      .catch((error: unknown) => {
        const { log } = this.#deps;
        if (!isDatabaseAway(error)) log.warn({ err: error }, 'the organisation was not read');
      })
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #read(): Promise<void> {
    if ((await readOrganisationVersion(this.#deps.db)) === this.#drawnVersion) return;
    const row = await readOrganisation(this.#deps.db);
    // Pictures may take long, or fail.
    if (row.version !== this.#version) this.#identity = { ...this.#identity, ...undrawn(row) };
    this.#version = row.version;
    const { version, at } = this.#undrawn;
    if (version === row.version && performance.now() - at < FRESH_MS) return;
    this.#undrawn = { version: row.version, at: performance.now() };
    this.#identity = await identityOf(this.#deps, row);
    this.#drawnVersion = row.version;
  }
}

export const identityOf = async (
  deps: Pick<Deps, 'filePool' | 'config'>,
  row: OrganisationRow,
): Promise<Identity> => {
  const { icons, touchIcon, printLogo } = await drawnIdentity(deps, row);
  return { ...undrawn(row), icons, touchIcon, ...(printLogo && { printLogo }) };
};

const undrawn = (row: OrganisationRow): Omit<Identity, 'icons' | 'touchIcon' | 'printLogo'> => ({
  names: { fa: row.name, en: row.nameEn },
  colour: row.colour,
  logo:
    row.logo === null
      ? undefined
      : { body: row.logo, text: { fa: row.logoText, en: row.logoTextEn } },
  help: {
    phone: row.helpPhone,
    hours: { fa: row.helpHours, en: row.helpHoursEn },
    address: { fa: row.address, en: row.addressEn },
  },
});
