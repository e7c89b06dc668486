/**
 * Which folder may import which. Data flows one way: web → usecases → db and adapters; an outbox
 * row starts the workflow, the workflow calls activities, and those usecases, db and adapters. Only
 * src/main puts the sides together. Run by tools/check-imports.mjs (`npm run imports`).
 */
import { builtinModules } from 'node:module';

const TESTS = ['\\.test\\.tsx?$', '^src/testing/', '^web/e2e/'];
const OURS = '^(src|workflows|activities|web|bench|chaos|tools)/';
const NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];
const BUILTINS = `^(node:)?(${builtinModules.map((name) => name.replace('/', '\\/')).join('|')})$`;
const CONTRACT = '^workflows/[^/]+\\.contract\\.ts$';
const LOGGER = '^src/logger\\.ts$';
const ENCRYPTION = '^src/encryption\\.ts$';
const FILE_JOBS = '^src/adapters/file-work/jobs\\.ts$';
/** They look into files that nobody trusts. */
const FILE_READERS = [
  'files/(convert-picture|count-parts|count-pdf|count-tiff|docx-parts|file-kind)\\.ts',
  'files/(file-type|location|ole-directory)\\.ts',
  'files/(pdf-frame|tiff-tags|vba-project|zip-directory)\\.ts',
  'files/pdf-(bounds|inspector)\\.mjs',
  'images/(app-icons|identity-artist|print-logo|ycbcr)\\.ts',
  'previews/(doc-text|page-artist|document-text)\\.ts',
  'previews/document-reader\\.mjs',
  'sheets/sheet-artist\\.mjs',
].map((file) => `^src/adapters/${file}$`);

/** `folder` imports nothing of ours but `allowed`. Tests compose what they need. */
const sees = (folder, ...allowed) => ({
  name: `${folder}-sees-only-its-side`,
  comment: `${folder} may import only ${allowed.join(' ')}`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: TESTS },
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
    sees('src/domain'),
    uses('src/domain', 'libphonenumber-js'),
    {
      name: 'src/domain-is-plain',
      comment: 'src/domain runs anywhere, the workflow sandbox included: no Node.js modules',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },

    sees('workflows', '^src/domain/'),
    uses('workflows', '@temporalio/(workflow|common)'),
    {
      name: 'workflows-reach-no-io',
      comment: 'a workflow is replayed: what it reaches, over any number of files, does nothing',
      severity: 'error',
      from: { path: '^workflows/', pathNot: TESTS },
      to: {
        reachable: true,
        path: ['^src/(?!domain/)', '^(activities|web|bench|chaos|tools)/', BUILTINS],
      },
    },

    sees('activities', '^src/(domain|usecases|db|adapters)/', CONTRACT, LOGGER),
    uses('activities', '@temporalio/(activity|common)'),

    sees('src/db', '^src/domain/', '^src/usecases/desk\\.ts$', ENCRYPTION, LOGGER),
    uses('src/db', 'postgres'),
    sees(
      'src/adapters',
      '^src/domain/',
      '^src/usecases/desk\\.ts$',
      CONTRACT,
      '^src/config\\.ts$',
      ENCRYPTION,
      LOGGER,
    ),
    sees(
      'src/usecases',
      '^src/(domain|db|adapters)/',
      CONTRACT,
      '^src/config\\.ts$',
      ENCRYPTION,
      LOGGER,
    ),
    sees('web', '^src/(domain|usecases)/', '^src/config\\.ts$', LOGGER),
    sees('src/local', '^src/domain/', '^src/config\\.ts$', LOGGER),
    typesOnly('desk-is-a-port', '^src/(db|adapters)/', '^src/usecases/'),
    typesOnly('settings-are-passed-in', '^(src/(usecases|adapters)|web)/', '^src/config\\.ts$'),

    // What judges the desk shares no code with it: it drives it from outside.
    sees(
      'chaos',
      '^src/testing/(running-desk|sms-gateway|sms-receipts)\\.ts$',
      '^src/domain/errors\\.ts$',
      '^bench/sample-pdf\\.ts$',
    ),

    {
      name: 'only-main-composes',
      comment: 'src/main knows every side, so no side knows src/main',
      severity: 'error',
      from: { path: OURS, pathNot: [...TESTS, '^src/main/', '^(bench|chaos|tools)/'] },
      to: { path: '^src/main/' },
    },
    {
      name: 'testing-stays-in-tests',
      comment: 'src/testing is for tests, benchmarks, fault runs and tools',
      severity: 'error',
      from: { path: OURS, pathNot: [...TESTS, '^(bench|chaos|tools)/'] },
      to: { path: '^src/testing/' },
    },

    home('sql-in-db', 'postgres', '^src/(db|local)/'),
    home('http-in-web', 'hono|@hono/[^/]+', '^web/', '^src/main/'),
    // A decoder of pictures is native code, and no limit of this process binds it.
    home('pictures-in-their-place', 'sharp', '^src/adapters/(images|captcha)/'),
    {
      name: 'files-are-read-in-their-processes',
      comment:
        'what reads or draws a file from outside runs in a process of src/adapters/file-work',
      severity: 'error',
      from: {
        path: OURS,
        pathNot: [...TESTS, '^tools/', '^bench/floor-check\\.ts$', ...FILE_READERS, FILE_JOBS],
      },
      to: { path: FILE_READERS, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'file-jobs-run-in-their-processes',
      comment: 'the jobs of src/adapters/file-work are called by its program alone',
      severity: 'error',
      from: { path: OURS, pathNot: [...TESTS, '^src/adapters/file-work/file-process\\.ts$'] },
      to: { path: FILE_JOBS, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'captcha-draws-its-own',
      comment: 'the security code is drawn in web from our own digits; nothing else draws there',
      severity: 'error',
      from: {
        path: OURS,
        pathNot: [...TESTS, '^tools/', '^src/adapters/captcha/', ...FILE_READERS],
      },
      to: { path: '^src/adapters/images/sharp\\.ts$' },
    },
    home('engine-client-in-adapters', '@temporalio/client', '^src/(adapters/temporal|main|local)/'),
    home('worker-in-main', '@temporalio/worker', '^src/(main|local)/', '^src/adapters/temporal/'),
    home('log-in-logger', 'pino', LOGGER),

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
