import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await openTestSite();
});
afterAll(() => site?.stop());

test('the line of a request says who asked, also for what is refused, and by nothing but an id', async () => {
  const applicant = await site.addApplicant();
  const reviewer = await site.addMember('reviewer', { name: 'مریم رضایی' });
  const as = ({ cookie }: { cookie: string }) => ({ cookie });
  await site.get('/letters', as(applicant));
  await site.get('/letters/5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f10', as(applicant));
  await site.get('/staff/admin', as(reviewer));
  await site.get('/staff/account', as(reviewer));
  await site.get('/letters');
  const [applicantId, staffId] = [applicant.id, reviewer.id];
  const lines = site.log.filter(({ message }) => message === 'request').map(({ fields }) => fields);
  expect(lines).toMatchObject([
    { route: '/letters', status: 200, applicantId },
    { route: '/letters/:id', status: 404, applicantId },
    { route: '/staff/admin', status: 403, staffId },
    { route: '/staff/account', status: 200, staffId },
    { route: '/letters', status: 303 },
  ]);
  expect(lines.at(-1)).not.toHaveProperty('applicantId');
  for (const personal of [applicant.mobile.slice(3), 'مریم', reviewer.username])
    expect(JSON.stringify(lines)).not.toContain(personal);
});
