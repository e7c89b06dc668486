import type { Context, Hono } from 'hono';
import { page } from '../components/layout.tsx';
import { sendPdf } from '../http/download.ts';
import type { ApplicantEnv, AppEnv, RouteDeps, StaffEnv } from '../env.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { receiptAddress, shortVerifyAddress } from './receipt-address.ts';
import { ReceiptPage } from './receipt.page.tsx';
import { receiptSheet, stampSheet } from './sheets.ts';
import { getLetterReceipt, printReceipt } from '../../src/desk/proof/letter-receipts.ts';
import { stampLetter } from '../../src/desk/proof/stamp-letter.ts';
import type { LetterReader } from '../../src/desk/proof/stamp-letter.ts';

const stampedName = (letterNumber: string): string =>
  `letter-${letterNumber.replace(/[^0-9A-Za-z]+/g, '-')}.pdf`;

export const addReceiptRoutes = (routes: Hono<ApplicantEnv>, deps: RouteDeps): void => {
  const { file } = deps.downloadLimits;
  routes.get('/:id/receipt', showReceipt(deps));
  routes.get('/:id/receipt.pdf', file, sendReceipt(deps));
  routes.get('/:id/stamped.pdf', file, (c) =>
    sendStamped(deps, c, { applicantId: c.var.applicant.id }),
  );
};

export const addStampedRoute = (routes: Hono<StaffEnv>, deps: RouteDeps): void => {
  routes.get('/:id/stamped.pdf', deps.downloadLimits.file, (c) =>
    sendStamped(deps, c, { staff: c.var.staff }),
  );
};

const showReceipt = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  const { applicant, view } = c.var;
  const which = { applicantId: applicant.id, letterId: letterIdOf(c) };
  const receipt = await getLetterReceipt(deps, which);
  const address = receiptAddress(deps.site, receipt.token);
  const shortAddress = shortVerifyAddress(deps.site);
  return c.html(page(<ReceiptPage {...{ view, receipt, address, shortAddress }} />));
};

const sendReceipt = (deps: RouteDeps) => async (c: Context<ApplicantEnv>) => {
  const { applicant, view } = c.var;
  const { receipt, pdf } = await printReceipt(deps, {
    applicantId: applicant.id,
    letterId: letterIdOf(c),
    write: (written) => receiptSheet(view, deps.site, written),
  });
  return sendPdf(c, { name: `receipt-${receipt.submissionNumber}.pdf`, bytes: pdf });
};

const sendStamped = async <Env extends AppEnv>(
  deps: RouteDeps,
  c: Context<Env, '/:id/stamped.pdf'>,
  reader: LetterReader,
) => {
  const { view, from } = c.var;
  const { stamp, pdf } = await stampLetter(deps, {
    reader,
    letterId: letterIdOf(c),
    write: (written, shown) => stampSheet(view, deps.site, { stamp: written, shown }),
    from,
  });
  return sendPdf(c, { name: stampedName(stamp.letterNumber), bytes: pdf });
};
