import { expect, test } from 'vitest';
import { APPLICANT_SESSION, FAKE_STAFF } from '../../src/testing/fake-desk.ts';
import { createTestSite } from '../../src/testing/web.ts';

const linesOf = ({ log }: Pick<ReturnType<typeof createTestSite>, 'log'>) =>
  log.filter(({ message }) => message === 'request').map(({ fields }) => fields);

test('the line of a request says who asked, also for what is refused, and by nothing but an id', async () => {
  const site = createTestSite();
  await site.get('/letters', { cookie: `sid=${APPLICANT_SESSION}` });
  await site.get('/letters/5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f10', {
    cookie: `sid=${APPLICANT_SESSION}`,
  });
  await site.get('/staff/admin', { cookie: 'staff_sid=staff-maryam' });
  await site.get('/staff/account', { cookie: 'staff_sid=staff-maryam' });
  await site.get('/letters');
  const staffId = FAKE_STAFF.reviewer.id;
  expect(linesOf(site)).toMatchObject([
    { route: '/letters', status: 200, applicantId: 'applicant' },
    { route: '/letters/:id', status: 404, applicantId: 'applicant' },
    { route: '/staff/admin', status: 403, staffId },
    { route: '/staff/account', status: 200, staffId },
    { route: '/letters', status: 303 },
  ]);
  expect(linesOf(site).at(-1)).not.toHaveProperty('applicantId');
  expect(JSON.stringify(linesOf(site))).not.toMatch(/9123456789|مریم|maryam/);
});
