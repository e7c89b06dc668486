// From `package-lock.json`, without a network.
export interface Component {
  /** As installed: `node_modules/a/node_modules/b`. */
  place: string;
  name: string;
  version: string;
  /** SPDX expression as the package declares it. */
  licence: string | undefined;
  integrity: string | undefined;
  dev: boolean;
}

// Reasons in decision 6.
export const ALLOWED_LICENCES: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'OFL-1.1',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
  // Libraries of their own files, loaded and not changed: libvips, which sharp brings, and libheif.
  'LGPL-3.0',
  'LGPL-3.0-or-later',
  // Files that are not changed.
  'MPL-2.0',
  'CC-BY-4.0',
]);

// Read in the licence files of packages that declare none, or in another form.
export const KNOWN_LICENCES: Readonly<Record<string, string>> = {
  unionfs: 'Unlicense',
  vazirmatn: 'OFL-1.1',
};

interface Locked {
  version?: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
  devOptional?: boolean;
  link?: boolean;
}

const BEFORE_NAME = /^.*node_modules\//;

export const readComponents = (lockFile: string): Component[] => {
  const { packages } = JSON.parse(lockFile) as { packages: Record<string, Locked> };
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .map(([place, { version = '', license, integrity, dev, devOptional }]) => {
      const name = place.replace(BEFORE_NAME, '');
      const licence = KNOWN_LICENCES[name] ?? license;
      return {
        place,
        name,
        version,
        licence,
        integrity,
        dev: dev === true || devOptional === true,
      };
    });
};

// `A AND B` needs both, `A OR B` one.
export const isAllowed = (licence: string | undefined): boolean => {
  if (licence === undefined) return false;
  const bare = licence.replace(/^\((.*)\)$/, '$1');
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isAllowed);
  return bare.split(' AND ').every((one) => ALLOWED_LICENCES.has(one));
};
