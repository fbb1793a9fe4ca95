import { afterEach, describe, expect, it } from '@jest/globals';
import { KsefUnreachableError, PUBLISHED_CONTEXT_LIMITS, PUBLISHED_RATE_LIMITS } from '@latarnik/domain';

import { access } from '../testing/fakes.js';
import { adapterUnderTest, type AdapterUnderTest, type Routes } from '../testing/ksef-double.js';
import { json } from '../testing/local-server.js';

let adapter: AdapterUnderTest;
afterEach(async () => {
  await adapter.close();
});

const session = { maxInvoiceSizeInMB: 1, maxInvoiceWithAttachmentSizeInMB: 3, maxInvoices: 10_000 };
const answers: Routes = {
  'GET /rate-limits': json(200, { ...PUBLISHED_RATE_LIMITS.value, somethingNew: { perSecond: 1 } }),
  'GET /limits/context': json(200, { onlineSession: session, batchSession: { ...session, maxInvoices: 500 } }),
  'GET /limits/subject': json(200, { enrollment: { maxEnrollments: 12 }, certificate: null }),
};

describe('the limits of a context', () => {
  it('are read from the three places where KSeF has them', async () => {
    adapter = await adapterUnderTest(answers);

    expect(await adapter.limits.read(access)).toEqual({
      rates: PUBLISHED_RATE_LIMITS.value,
      context: { ...PUBLISHED_CONTEXT_LIMITS, batch: { ...PUBLISHED_CONTEXT_LIMITS.batch, invoices: 500 } },
      subject: { enrolments: 12 },
    });
  });

  it.each([
    ['a group is missing', { 'GET /rate-limits': json(200, { onlineSession: PUBLISHED_RATE_LIMITS.value.other }) }],
    [
      'a value is no count',
      { 'GET /limits/context': json(200, { onlineSession: session, batchSession: { ...session, maxInvoices: -1 } }) },
    ],
    ['KSeF fails', { 'GET /limits/subject': json(500, {}) }],
  ])('are not believed when %s', async (_name, wrong) => {
    adapter = await adapterUnderTest({ ...answers, ...wrong });

    await expect(adapter.limits.read(access)).rejects.toBeInstanceOf(KsefUnreachableError);
  });
});
