import { CONTEXT_TYPES } from '../core/context.js';

/** Shapes of request bodies, after OpenAPI 2.6. Limits with error codes of their own are checked elsewhere. */

const HASH = { type: 'string', pattern: '^[A-Za-z0-9+/]{43}=$' } as const;
const SIZE = { type: 'integer', minimum: 1 } as const;
const BASE64 = { type: 'string', minLength: 1, pattern: '^[A-Za-z0-9+/]*={0,2}$' } as const;

const FORM_CODE = {
  type: 'object',
  required: ['systemCode', 'schemaVersion', 'value'],
  properties: {
    systemCode: { type: 'string' },
    schemaVersion: { type: 'string' },
    value: { type: 'string' },
  },
} as const;

const ENCRYPTION = {
  type: 'object',
  required: ['encryptedSymmetricKey', 'initializationVector'],
  properties: {
    encryptedSymmetricKey: BASE64,
    initializationVector: BASE64,
    publicKeyId: { type: ['string', 'null'], minLength: 44, maxLength: 44 },
  },
} as const;

export const OPEN_BATCH_SCHEMA = {
  type: 'object',
  required: ['formCode', 'batchFile', 'encryption'],
  properties: {
    formCode: FORM_CODE,
    encryption: ENCRYPTION,
    offlineMode: { type: 'boolean' },
    batchFile: {
      type: 'object',
      required: ['fileSize', 'fileHash', 'fileParts'],
      properties: {
        fileSize: { ...SIZE, maximum: 5_000_000_000 },
        fileHash: HASH,
        compressionType: { enum: ['Zip', 'TarGz', null] },
        fileParts: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['ordinalNumber', 'fileSize', 'fileHash'],
            properties: { ordinalNumber: SIZE, fileSize: SIZE, fileHash: HASH },
          },
        },
      },
    },
  },
} as const;

export const OPEN_ONLINE_SCHEMA = {
  type: 'object',
  required: ['formCode', 'encryption'],
  properties: { formCode: FORM_CODE, encryption: ENCRYPTION },
} as const;

export const SEND_INVOICE_SCHEMA = {
  type: 'object',
  required: ['invoiceHash', 'invoiceSize', 'encryptedInvoiceHash', 'encryptedInvoiceSize', 'encryptedInvoiceContent'],
  properties: {
    invoiceHash: HASH,
    invoiceSize: SIZE,
    encryptedInvoiceHash: HASH,
    encryptedInvoiceSize: SIZE,
    encryptedInvoiceContent: BASE64,
    offlineMode: { type: 'boolean' },
    hashOfCorrectedInvoice: { ...HASH, type: ['string', 'null'] },
  },
} as const;

export const METADATA_QUERY_SCHEMA = {
  type: 'object',
  required: ['subjectType', 'dateRange'],
  properties: {
    subjectType: { enum: ['Subject1', 'Subject2', 'Subject3', 'SubjectAuthorized'] },
    dateRange: {
      type: 'object',
      required: ['dateType', 'from'],
      properties: {
        dateType: { enum: ['Issue', 'Invoicing', 'PermanentStorage'] },
        from: { type: 'string' },
        to: { type: ['string', 'null'] },
        restrictToPermanentStorageHwmDate: { type: ['boolean', 'null'] },
      },
    },
    ksefNumber: { type: ['string', 'null'], minLength: 35, maxLength: 36 },
    invoiceNumber: { type: ['string', 'null'], maxLength: 256 },
    sellerNip: { type: ['string', 'null'], pattern: '^[1-9]((\\d[1-9])|([1-9]\\d))\\d{7}$' },
    amount: {
      type: ['object', 'null'],
      required: ['type'],
      properties: {
        type: { enum: ['Brutto', 'Netto', 'Vat'] },
        from: { type: ['number', 'null'] },
        to: { type: ['number', 'null'] },
      },
    },
    buyerIdentifier: {
      type: ['object', 'null'],
      required: ['type'],
      properties: {
        type: { enum: ['Nip', 'VatUe', 'Other', 'None'] },
        value: { type: ['string', 'null'], maxLength: 50 },
      },
    },
    currencyCodes: { type: 'array', items: { type: 'string' } },
    invoicingMode: { enum: ['Online', 'Offline', null] },
    isSelfInvoicing: { type: ['boolean', 'null'] },
    formType: { enum: ['FA', 'PEF', 'FA_RR', null] },
    invoiceTypes: { type: 'array', items: { type: 'string' } },
    hasAttachment: { type: ['boolean', 'null'] },
  },
} as const;

export const EXPORT_SCHEMA = {
  type: 'object',
  required: ['encryption', 'filters'],
  properties: {
    encryption: ENCRYPTION,
    onlyMetadata: { type: 'boolean' },
    filters: METADATA_QUERY_SCHEMA,
    compressionType: { enum: ['Zip', 'TarGz', null] },
  },
} as const;

export const TOKEN_LOGIN_SCHEMA = {
  type: 'object',
  required: ['challenge', 'contextIdentifier', 'encryptedToken'],
  properties: {
    challenge: { type: 'string', minLength: 36, maxLength: 36 },
    contextIdentifier: {
      type: 'object',
      required: ['type', 'value'],
      properties: { type: { enum: CONTEXT_TYPES }, value: { type: 'string', minLength: 1 } },
    },
    encryptedToken: BASE64,
    publicKeyId: { type: ['string', 'null'], minLength: 44, maxLength: 44 },
    authorizationPolicy: { type: ['object', 'null'] },
  },
} as const;
