import { z } from 'zod';

import { invoiceModel } from './model/invoice.js';

/** JSON Schema (draft 2020-12) of the model that `build` takes, for the API's own description. */
export const fa3InvoiceJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(invoiceModel, { io: 'input' }),
});
