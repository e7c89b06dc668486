import type { Hono } from 'hono';
import { page } from '../components/layout.tsx';
import { sendPdf } from '../http/download.ts';
import type { ApplicantEnv, RouteDeps, StaffEnv } from '../env.ts';
import { letterIdOf } from '../http/letter-address.ts';
import { receiptAddress, shortVerifyAddress } from './receipt-address.ts';
import { ReceiptPage } from './receipt.page.tsx';
import { receiptSheet, stampSheet } from './sheets.ts';
import { getLetterReceipt, printReceipt } from '../../src/desk/proof/letter-receipts.ts';
import { stampLetter } from '../../src/desk/proof/stamp-letter.ts';

/** `1405/12` is no name of a file. */
const stampedName = (letterNumber: string): string =>
  `letter-${letterNumber.replace(/[^0-9A-Za-z]+/g, '-')}.pdf`;

/** The receipt of a letter that was sent, and its stamped first page. */
export const addReceiptRoutes = (routes: Hono<ApplicantEnv>, deps: RouteDeps): void => {
  const { site, downloadLimits } = deps;
  routes.get('/:id/receipt', async (c) => {
    const { applicant, view } = c.var;
    const receipt = await getLetterReceipt(deps, {
      applicantId: applicant.id,
      letterId: letterIdOf(c),
    });
    const address = receiptAddress(site, receipt.token);
    const props = { view, receipt, address, shortAddress: shortVerifyAddress(site) };
    return c.html(page(<ReceiptPage {...props} />));
  });

  routes.get('/:id/receipt.pdf', downloadLimits.file, async (c) => {
    const { applicant, view } = c.var;
    const { receipt, pdf } = await printReceipt(deps, {
      applicantId: applicant.id,
      letterId: letterIdOf(c),
      write: (written) => receiptSheet(view, site, written),
    });
    return sendPdf(c, { name: `receipt-${receipt.submissionNumber}.pdf`, bytes: pdf });
  });

  routes.get('/:id/stamped.pdf', downloadLimits.file, async (c) => {
    const { applicant, view, from } = c.var;
    const { stamp, pdf } = await stampLetter(deps, {
      reader: { applicantId: applicant.id },
      letterId: letterIdOf(c),
      write: (written, shown) => stampSheet(view, site, { stamp: written, shown }),
      from,
    });
    return sendPdf(c, { name: stampedName(stamp.letterNumber), bytes: pdf });
  });
};

/** The same stamped page for staff who may see the letter. */
export const addStampedRoute = (routes: Hono<StaffEnv>, deps: RouteDeps): void => {
  const { site, downloadLimits } = deps;
  routes.get('/:id/stamped.pdf', downloadLimits.file, async (c) => {
    const { staff, view, from } = c.var;
    const { stamp, pdf } = await stampLetter(deps, {
      reader: { staff },
      letterId: letterIdOf(c),
      write: (written, shown) => stampSheet(view, site, { stamp: written, shown }),
      from,
    });
    return sendPdf(c, { name: stampedName(stamp.letterNumber), bytes: pdf });
  });
};
