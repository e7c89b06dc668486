/**
 * Which subject may import which. Each folder stands above what it imports: web and the command line
 * call use cases of src/desk and src/operations, these stand on src/platform, and only src/main puts
 * the sides together. Run by tools/check-imports.mjs (`npm run imports`).
 */
import { builtinModules } from 'node:module';

const TESTS = ['\\.test\\.tsx?$', '^src/testing/', '^web/e2e/'];
const OURS = '^(src|workflows|activities|web|bench|chaos|tools)/';
const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];
const BUILTINS = `^(node:)?(${builtinModules.map((name) => name.replace('/', '\\/')).join('|')})$`;
const CONTRACT = '^workflows/[^/]+\\.contract\\.ts$';
/** The one file of src that runs in the workflow sandbox too. */
const LETTER_WORDS = '^src/desk/letters/letter\\.ts$';
const CONFIG = '^src/config\\.ts$';
const DEPS = '^src/platform/deps\\.ts$';
const FILE_JOBS = '^src/platform/files/pool/jobs\\.ts$';
/** They look into files that nobody trusts. */
const FILE_READERS = [
  'platform/files/checks/(convert-picture|count-parts|count-pdf|count-tiff|docx-parts|file-kind)\\.ts',
  'platform/files/checks/(file-type|ole-directory|pdf-frame|tiff-tags|vba-project|ycbcr|zip-directory)\\.ts',
  'platform/files/checks/pdf-(bounds|inspector)\\.mjs',
  'platform/files/location\\.ts',
  'platform/files/previews/(doc-text|page-artist|document-text)\\.ts',
  'platform/files/previews/document-reader\\.mjs',
  'desk/proof/print/(app-icons|identity-artist|print-logo)\\.ts',
  'desk/proof/print/sheet-artist\\.mjs',
].map((file) => `^src/${file}$`);

/** From the bottom up: what a subject may import beside itself. */
const SUBJECTS = {
  'src/platform/base': [DEPS],
  'src/platform/sealing': [DEPS, 'src/platform/base'],
  'src/platform/audit': [DEPS, 'src/platform/base'],
  'src/platform/messages': [DEPS, 'src/platform/(base|sealing)'],
  'src/platform/engine': [DEPS, 'src/platform/(base|sealing)', CONTRACT],
  'src/platform/files': [DEPS, 'src/platform/(base|audit)'],
  'src/desk/register': ['src/platform'],
  'src/desk/staff': ['src/platform'],
  'src/desk/administration': ['src/platform', 'src/desk/(register|staff)'],
  'src/desk/applicants': ['src/platform', 'src/desk/staff'],
  'src/desk/letters': [
    'src/platform',
    'src/desk/(register|staff|administration|applicants)',
    CONTRACT,
  ],
  'src/desk/people': ['src/platform', 'src/desk/(staff|applicants|letters)'],
  'src/desk/proof': ['src/platform', 'src/desk/(register|staff|letters)'],
  'src/operations/integrations': ['src/platform', 'src/desk'],
  'src/operations/maintenance': ['src/platform', 'src/desk', 'src/operations/integrations'],
};

/** The start of a path, unless it is a pattern already. */
const folder = (name) => (name.startsWith('^') ? name : `^${name}/`);

/** `folder` imports nothing of ours but `allowed`. Tests compose what they need. */
const sees = (folder, ...allowed) => ({
  name: `${folder}-sees-only-its-side`,
  comment: `${folder} may import only ${allowed.join(' ')}`,
  severity: 'error',
  // The program of the file processes knows every job.
  from: { path: `^${folder}/`, pathNot: [...TESTS, FILE_JOBS] },
  to: { path: OURS, pathNot: [`^${folder}/`, ...allowed] },
});

/** `folder` uses no npm package but `packages`. */
const uses = (folder, ...packages) => ({
  name: `${folder}-uses-few-packages`,
  comment: `${folder} may use only ${packages.join(', ')}`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: TESTS },
  to: { dependencyTypes: NPM, pathNot: `node_modules/(${packages.join('|')})/` },
});

/** The npm package is imported in these places and nowhere else. */
const home = (name, packages, ...places) => ({
  name,
  comment: `${packages} belongs to ${places.join(' ')}`,
  severity: 'error',
  from: {
    path: OURS,
    pathNot: [...TESTS, '^(bench|chaos|tools)/', ...places],
  },
  to: { dependencyTypes: NPM, path: `node_modules/(${packages})/` },
});

/** `types` may be imported as types; a value import is a dependency in the wrong direction. */
const typesOnly = (name, from, types) => ({
  name,
  comment: `import type, not values, of ${types}`,
  severity: 'error',
  from: { path: from, pathNot: TESTS },
  to: { path: types, dependencyTypesNot: ['type-only'] },
});

export default {
  forbidden: [
    ...Object.entries(SUBJECTS).map(([subject, allowed]) => sees(subject, ...allowed.map(folder))),

    sees('workflows', LETTER_WORDS),
    uses('workflows', '@temporalio/(workflow|common)'),
    {
      name: 'workflows-reach-no-io',
      comment: 'a workflow is replayed: what it reaches, over any number of files, does nothing',
      severity: 'error',
      from: { path: '^workflows/', pathNot: TESTS },
      to: {
        reachable: true,
        path: [
          '^src/(?!desk/letters/letter\\.ts$)',
          '^(activities|web|bench|chaos|tools)/',
          BUILTINS,
        ],
      },
    },

    sees('activities', '^src/(platform|desk)/', CONTRACT),
    uses('activities', '@temporalio/(activity|common)'),

    sees('web', '^src/(platform|desk|operations)/', CONFIG),
    sees('src/local', '^src/platform/base/', CONFIG),
    typesOnly('settings-are-passed-in', '^(src/(platform|desk|operations)|web)/', CONFIG),
    {
      name: 'pages-see-no-sql',
      comment: 'a page calls a use case, which alone knows the rows',
      severity: 'error',
      from: { path: '^web/', pathNot: TESTS },
      to: { path: '\\.sql\\.ts$' },
    },

    // What judges the desk shares no code with it: it drives it from outside.
    sees(
      'chaos',
      '^src/testing/(running-desk|sms-gateway|sms-receipts)\\.ts$',
      '^src/platform/base/errors\\.ts$',
      '^bench/sample-pdf\\.ts$',
    ),

    {
      name: 'only-main-composes',
      comment: 'src/main knows every side, so no side knows src/main',
      severity: 'error',
      from: { path: OURS, pathNot: [...TESTS, '^src/(main|cli)/', '^(bench|chaos|tools)/'] },
      to: { path: '^src/(main|cli)/' },
    },
    {
      name: 'testing-stays-in-tests',
      comment: 'src/testing is for tests, benchmarks, fault runs and tools',
      severity: 'error',
      from: { path: OURS, pathNot: [...TESTS, '^(bench|chaos|tools)/'] },
      to: { path: '^src/testing/' },
    },

    home('driver-in-its-place', 'postgres', '^src/platform/base/', '\\.sql\\.ts$', '^src/local/'),
    home('http-in-web', 'hono|@hono/[^/]+', '^web/', '^src/main/'),
    // A decoder of pictures is native code, and no limit of this process binds it.
    home(
      'pictures-in-their-place',
      'sharp',
      '^src/platform/base/sharp\\.ts$',
      '^src/(platform/files|desk/applicants/captcha|desk/proof/print)/',
    ),
    {
      name: 'files-are-read-in-their-processes',
      comment:
        'what reads or draws a file from outside runs in a process of src/platform/files/pool',
      severity: 'error',
      from: {
        path: OURS,
        pathNot: [...TESTS, '^tools/', '^bench/floor-check\\.ts$', ...FILE_READERS, FILE_JOBS],
      },
      to: { path: FILE_READERS, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'file-jobs-run-in-their-processes',
      comment: 'the jobs of src/platform/files/pool are called by its program alone',
      severity: 'error',
      from: { path: OURS, pathNot: [...TESTS, '^src/platform/files/pool/file-process\\.ts$'] },
      to: { path: FILE_JOBS, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'captcha-draws-its-own',
      comment: 'the security code is drawn in web from our own digits; nothing else draws there',
      severity: 'error',
      from: {
        path: OURS,
        pathNot: [...TESTS, '^tools/', '^src/desk/applicants/captcha/', ...FILE_READERS],
      },
      to: { path: '^src/platform/base/sharp\\.ts$' },
    },
    home('engine-client-in-engine', '@temporalio/client', '^src/(platform/engine|main|local|cli)/'),
    home('worker-in-main', '@temporalio/worker', '^src/(main|local)/', '^src/platform/engine/'),
    home('log-in-logger', 'pino', '^src/platform/base/logger\\.ts$'),

    {
      name: 'no-circular',
      comment: 'two files that need each other are one file, or hide a third',
      severity: 'error',
      from: {},
      // A cycle that a type closes is gone when the program runs.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'what is imported exists, and stands in package.json',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'listed-in-package-json',
      comment: 'a package that came with another one can go with it',
      severity: 'error',
      from: { path: OURS },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-package-in-production',
      comment: 'the image is installed without devDependencies',
      severity: 'error',
      from: { path: OURS, pathNot: [...TESTS, '^(bench|chaos|tools)/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Type imports count: a folder that needs another one's types depends on it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
