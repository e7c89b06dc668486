import { Hono } from 'hono';
import type { Context } from 'hono';
import { page } from '../components/layout.tsx';
import type { AppEnv, RouteDeps } from '../env.ts';
import { ensureWhole, FormReader } from '../http/form-reader.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import { noteEvent } from '../security-events.ts';
import { HASH_ONLY } from './hash-file.ts';
import { typedReceipt } from './receipt-address.ts';
import {
  FILE_FIELD,
  NotGenuinePage,
  RECEIPT_FIELD,
  ReceiptCheckPage,
  VerifyPage,
} from './verify.page.tsx';
import { checkReceipt, getReceiptKeys, isSameFile } from '../../src/desk/proof/letter-receipts.ts';

export const createVerifyRoutes = (deps: RouteDeps) => {
  const { site } = deps;
  const routes = new Hono<AppEnv>();
  const forms = new FormReader(HASH_ONLY, site);
  const addressOf = createClientAddress(site);
  const limited = limitByAddress({ deps, addressOf, limit: 'verify' });
  routes.get('/', showForm);
  routes.get('/key', limited, sendKeys(deps));
  routes.get('/:receipt', limited, showReceipt(deps));
  routes.post('/:receipt', limited, compareFile(deps, forms));
  return routes;
};

type ReceiptContext = Context<AppEnv, '/:receipt'>;

const showForm = (c: Context<AppEnv>) => {
  const { view } = c.var;
  const typed = c.req.query(RECEIPT_FIELD);
  if (typed === undefined) return c.html(page(<VerifyPage view={view} problems={{}} />));
  const token = typedReceipt(typed);
  if (token !== undefined) return c.redirect(`/verify/${token}`, 303);
  const { missing, malformed } = view.text.verify.problems;
  const problems = { [RECEIPT_FIELD]: typed.trim() === '' ? missing : malformed };
  return c.html(page(<VerifyPage view={view} value={typed} problems={problems} />), 422);
};

const sendKeys = (deps: RouteDeps) => async (c: Context<AppEnv>) => {
  const keys = await getReceiptKeys(deps);
  const blocks = keys.map(
    ({ id, pem, firstUsedAt }) => `# ${id}, first used ${firstUsedAt.toISOString()}\n${pem}`,
  );
  return c.text(blocks.join('\n'));
};

const showReceipt = (deps: RouteDeps) => async (c: ReceiptContext) => {
  const token = c.req.param('receipt');
  const receipt = await checkReceipt(deps, token);
  if (!receipt) return refuseReceipt(c);
  const props = { view: c.var.view, receipt, token, problems: {} };
  return c.html(page(<ReceiptCheckPage {...props} />));
};

const compareFile = (deps: RouteDeps, forms: FormReader) => async (c: ReceiptContext) => {
  const { view } = c.var;
  const token = c.req.param('receipt');
  const receipt = await checkReceipt(deps, token);
  const form = await forms.readUpload(c, { name: FILE_FIELD });
  if (!receipt) return refuseReceipt(c);
  // More than may be sent is none of a letter's, unless less was allowed since.
  if (form.state !== 'too_big') ensureWhole(form);
  const [file] = form.files;
  const props = { view, receipt, token };
  if (file && !file.ok && receipt.files.some(({ bytes }) => bytes > deps.site.maxFileBytes)) {
    const problem = view.text.file.problems.too_big(view.maxFileMegabytes);
    const problems = { [FILE_FIELD]: problem };
    return c.html(page(<ReceiptCheckPage {...props} problems={problems} />), 413);
  }
  if (!file) {
    const problems = { [FILE_FIELD]: view.text.verify.fileMissing };
    return c.html(page(<ReceiptCheckPage {...props} problems={problems} />), 422);
  }
  const isSame = file.ok && receipt.files.some((one) => isSameFile(one, file.file));
  const compared = isSame ? 'same' : 'other';
  return c.html(page(<ReceiptCheckPage {...props} compared={compared} problems={{}} />));
};

const refuseReceipt = (c: Context<AppEnv>) => {
  noteEvent(c, 'receipt_not_genuine');
  return c.html(page(<NotGenuinePage view={c.var.view} />), 404);
};
