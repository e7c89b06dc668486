import { Hono } from 'hono';
import {
  changeBranding,
  changeLogo,
  checkBranding,
  cleanBranding,
  LOGO_LIMITS,
  readBranding,
  removeLogo,
} from '../../src/desk/administration/branding.ts';
import type { BrandingProblem, BrandingProblems } from '../../src/desk/administration/branding.ts';
import { printSheet, sheetLimits } from '../../src/desk/proof/print/print-sheet.ts';
import type { Organisation } from '../../src/platform/base/organisation.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import { sendPdf } from '../http/download.ts';
import { chooseFile } from '../http/form-file.ts';
import { ensureWhole } from '../http/form-reader.ts';
import type { PostedForm } from '../http/form-reader.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireStaff } from '../middleware/sessions.ts';
import { wrongFilesText } from '../portal/letter.form.ts';
import { receiptSheet } from '../receipts/sheets.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { organisationView } from '../view.ts';
import { adminPath } from './admin-areas.ts';
import {
  administratorsOnly,
  isPreview,
  previewStatus,
  provenOnly,
  versionOf,
} from './admin.answers.ts';
import type { AdminContext, AdminEnv } from './admin.answers.ts';
import { BRANDING_FIELDS, BrandingPage, typedIdentity } from './branding.page.tsx';

const HOME = adminPath('branding');

const SAMPLE_RECEIPT = {
  kind: 'submitted' as const,
  letterId: '',
  submissionNumber: '0000-0000-0000',
  round: 1,
  files: [{ bytes: 24_576, sha256: '0'.repeat(64) }],
  fileNames: ['letter.pdf'],
  token: 'sample',
  unit: '—',
  isStamped: false,
};

export const createBrandingRoutes = (parts: RouteParts) => {
  const { deps, cookies, forms } = parts;
  const routes = new Hono<AdminEnv>();
  const mayChange = [administratorsOnly(parts), provenOnly('branding')] as const;
  routes.use(requireStaff(deps, cookies, { kept: createKeptForms(deps, cookies, forms) }));
  routes.get(
    '/',
    (c, next) => (c.var.staff.role === 'admin' ? next() : brandingPage(parts, c, {})),
    ...mayChange,
    (c) => brandingPage(parts, c, { notice: c.req.query('notice') }),
  );
  routes.post('/', ...mayChange, (c) => postBranding(parts, c));
  routes.get('/logo', administratorsOnly(parts), (c) => c.redirect(HOME, 303));
  routes.post('/logo', ...mayChange, (c) => postLogo(parts, c));
  routes.get('/receipt', administratorsOnly(parts), (c) => c.redirect(HOME, 303));
  routes.post('/receipt', ...mayChange, (c) => printSample(parts, c));
  return routes;
};

const postBranding = async (parts: RouteParts, c: AdminContext) => {
  const { deps } = parts;
  const form = await readForm(parts, c);
  const typed = readTyped(form);
  if (isPreview(form)) {
    const problems = problemsOf(c, checkBranding(typed));
    return brandingPage(parts, c, { typed, problems }, previewStatus(form, problems));
  }
  const result = await changeBranding(deps, c.var.by, { ...typed, version: versionOf(form) });
  if (result.outcome === 'done') return done(parts, c, 'organisation_changed');
  if (result.outcome === 'stale') return brandingPage(parts, c, { stale: true }, 409);
  return brandingPage(parts, c, { typed, problems: problemsOf(c, result.fields) }, 422);
};

const postLogo = async (parts: RouteParts, c: AdminContext) => {
  const { deps, forms } = parts;
  const { by, view } = c.var;
  const sender = { by: { kind: 'staff' as const, id: by.id }, from: c.var.from };
  const form = await forms.readUpload(c, { name: 'logo' }, sender);
  const words = view.text.admin.branding;
  const version = versionOf(form);
  const refuse = (logo: string, status: 413 | 422 | 429 | 503 = 422) =>
    brandingPage(parts, c, { problems: { logo } }, status);
  const chosen = chooseFile(form);
  if (!chosen.ok) return refuse(wrongFilesText(view, form, chosen.wrong), chosen.status);
  ensureWhole(form);
  const { file } = chosen;
  const isRemoval = form.field('act') === 'remove';
  if (!isRemoval && (file === undefined || file === 'held')) return refuse(words.logoMissing);
  const result =
    file === undefined || file === 'held'
      ? await removeLogo(deps, by, version)
      : await changeLogo(deps, by, { file, version });
  if (result.outcome === 'done') return done(parts, c, 'organisation_changed');
  if (result.outcome === 'stale') return brandingPage(parts, c, { stale: true }, 409);
  const { bytes, least, most } = LOGO_LIMITS;
  const limits = [view.digits(bytes / 1024), view.digits(least), view.digits(most)] as const;
  const problem = words.logoProblems[result.fields](...limits);
  return refuse(problem, result.fields === 'not_scanned' ? 503 : 422);
};

const printSample = async (parts: RouteParts, c: AdminContext) => {
  const { deps } = parts;
  const typed = readTyped(await readForm(parts, c));
  const problems = problemsOf(c, checkBranding(typed));
  if (Object.keys(problems).length > 0) return brandingPage(parts, c, { typed, problems }, 422);
  const { view } = c.var;
  const ofTyped = organisationView(typedIdentity(cleanBranding(typed)), view.language);
  const receipt = { ...SAMPLE_RECEIPT, at: new Date() };
  const sheet = receiptSheet({ ...view, ...ofTyped }, deps.site, receipt);
  const options = { owner: `staff:${c.var.by.id}`, limits: sheetLimits(deps.config) };
  const bytes = await printSheet(deps.filePool, sheet, options);
  return sendPdf(c, { name: 'receipt-sample.pdf', bytes });
};

const readTyped = (form: PostedForm): Organisation =>
  Object.fromEntries(
    BRANDING_FIELDS.map((name) => [name, form.field(name)]),
  ) as unknown as Organisation;

const done = async ({ deps }: RouteParts, c: AdminContext, notice: string) => {
  await deps.site.renewIdentity();
  return c.redirect(`${HOME}?notice=${notice}`, 303);
};

const brandingPage = async (
  { deps }: RouteParts,
  c: AdminContext,
  props: Omit<Parameters<typeof BrandingPage>[0], 'view' | 'staff' | 'organisation'>,
  status: 200 | 409 | 413 | 422 | 429 | 503 = 200,
) => {
  const { staff, view } = c.var;
  const organisation = await readBranding(deps, staff);
  return c.html(page(<BrandingPage {...{ view, staff, organisation }} {...props} />), status);
};

const problemsOf = (c: AdminContext, found: BrandingProblems): Problems => {
  const { view } = c.var;
  const words = view.text.admin.branding.problems;
  const said = (name: string, given: BrandingProblem): string => {
    if (given.problem === 'missing') return words.missing;
    if (given.problem === 'too_long') return words.too_long(view.digits(given.most));
    if (given.problem === 'pale') return words.pale(view.digits(given.contrast.toFixed(1)));
    return name === 'colour' ? words.colour : words.phone;
  };
  return Object.fromEntries(
    Object.entries(found).map(([name, problem]) => [name, said(name, problem)]),
  );
};
