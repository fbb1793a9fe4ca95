import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROBLEMS, problemType, type ProblemCode } from './catalogue.js';

/** Codes that callers know. A line is added here, and none is ever taken away or changed. */
const PUBLISHED = [
  ...['ACCESS_REFUSED', 'ALREADY_APPROVED', 'APPROVAL_CLOSED', 'APPROVAL_NEEDED'],
  ...['ARCHIVE_REFUSED', 'AUTHOR_MISSING', 'BAD_REQUEST', 'BANNER_MISSING', 'BATCH_HELD', 'BATCH_NOT_HELD'],
  ...['BODY_NOT_TAKEN', 'BODY_TOO_LARGE', 'BULK_BUSY', 'BYTES_UNCHANGED', 'CERTIFICATE_ALREADY_IMPORTED'],
  ...['CERTIFICATE_EXPIRED', 'CERTIFICATE_LIMIT_REACHED', 'CERTIFICATE_MISSING', 'CERTIFICATE_NOT_ACTIVE'],
  ...['CERTIFICATE_NOT_YET_VALID', 'CERTIFICATE_OF_ANOTHER_NIP', 'CERTIFICATE_UNKNOWN', 'CERTIFICATE_UNREADABLE'],
  ...['CLIENT_INVALID', 'CONTENT_CHANGED', 'CONTEXT_AMBIGUOUS', 'CONTEXT_INVALID', 'CONTEXT_IN_USE'],
  ...['CONTEXT_LIMITED', 'CONTEXT_NAME_DIFFERS', 'CONTEXT_NOT_FOUND', 'CORRECTION_NOT_ALLOWED'],
  ...['CORRECTION_NOT_TO_BE_DECIDED', 'CORRECTION_TOO_EARLY', 'CORRECTION_UNDER_WAY', 'CSR_SIGNATURE_NOT_ALLOWED'],
  ...['CSR_SUBJECT_DIFFERS', 'CSR_UNREADABLE', 'DATABASE_UNAVAILABLE', 'DEADLINE_NOT_NEAR', 'DECISION_MISSING'],
  ...['DOCUMENT_INVALID', 'DOWNTIME_ALREADY', 'DOWNTIME_OVERLAPS', 'DRILL_UNDER_WAY'],
  ...['EMAIL_NOT_CONFIGURED', 'EMAIL_NOT_TO_SETTLE', 'EMAIL_UNDER_WAY', 'ENCRYPTION_NOT_SUPPORTED'],
  ...['ENROLMENT_DATA_UNAVAILABLE', 'ENROLMENT_LIMIT_REACHED', 'ENROLMENT_NOT_ALLOWED', 'ENROLMENT_UNDER_WAY'],
  ...['ENROLMENT_UNKNOWN', 'ENTRY_REFUSED', 'EVENTS_GONE', 'EVENT_ID_UNKNOWN', 'EVENT_UNKNOWN', 'EXPIRY_INVALID'],
  ...['FILE_TOO_COSTLY', 'FILE_TOO_LARGE', 'FILE_UNREADABLE', 'HANDED_OVER_BEFORE_INVOICE'],
  ...['HANDED_OVER_IN_FUTURE', 'HEADERS_TOO_LARGE', 'HOUSE_POLICY_INVALID'],
  ...['HOUSE_POLICY_LATER_THAN_LAW', 'IDEMPOTENCY_KEY_MISSING', 'IDEMPOTENCY_KEY_REUSED'],
  ...['IDENTITY_PROVIDER_UNREACHABLE', 'IMPORT_BUSY', 'INTERNAL_ERROR', 'INVALID_CERTIFICATE_NAME'],
  ...['INVOICE_COUNT_INVALID', 'INVOICE_NOT_ISSUED', 'INVOICE_NUMBER_TAKEN', 'ISSUED_OFFLINE', 'JSON_REFUSED'],
  ...['KEY_DOES_NOT_MATCH', 'KEY_MISSING', 'KEY_NOT_ALLOWED', 'KEY_NOT_SUPPORTED', 'KSEF_MAY_HAVE_IT'],
  ...['KSEF_NOT_AVAILABLE', 'KSEF_THROTTLED', 'KSEF_UNREACHABLE', 'LIMIT_REACHED', 'LOGIN_REFUSED'],
  ...['MALFORMED_JSON', 'MUST_BE_SENT', 'NOTHING_NEW', 'NOTHING_OPEN', 'NOTHING_TO_CONFIRM'],
  ...['NOTHING_TO_HAND_OVER', 'NOTICE_INVALID', 'NOTICE_VERSION_SKIPPED', 'NOTICE_VERSION_TAKEN', 'NOT_DISPUTED'],
  ...['NOT_FOUND', 'NOT_IN_ERROR', 'NOT_ISSUABLE_ONLINE', 'NOT_PROPOSED', 'NOT_READY', 'NOT_STOPPED'],
  ...['NOT_UNDER_REVIEW', 'NO_AUTHENTICATION_CERTIFICATE', 'NO_CERTIFICATE_TO_ISSUE_OFFLINE'],
  ...['NO_CODES_IN_TOTAL_FAILURE', 'NO_CONFLICT', 'NO_DOWNTIME', 'NO_EMAIL_SETTINGS', 'NO_OFFLINE_CERTIFICATE'],
  ...['NO_RECIPIENT', 'NO_TENANT', 'NO_TOKEN', 'NUMBER_TAKEN_IN_KSEF', 'OUTAGE_IN_FORCE', 'OVERLOADED'],
  ...['PARTIAL_COMPARISON_NOT_SEEN', 'PASSWORD_MISSING', 'PASSWORD_WRONG', 'PERMISSION_MISSING', 'PERSON_MISSING'],
  ...['POLICY_UNKNOWN', 'POSTED_ONLINE', 'PURPOSE_UNKNOWN', 'READING_NOT_ALLOWED', 'REASON_MISSING'],
  ...['REFERENCE_INVALID', 'RENDERER_BUSY', 'REQUEST_INVALID', 'REQUEST_IN_PROGRESS', 'REQUEST_TIMEOUT'],
  ...['REVOCATION_REFUSED', 'ROUTE_CLOSED', 'SAME_PERSON', 'SCHEMA_REFUSED_IN_MASSES', 'SCOPES_BEYOND_CONTEXTS'],
  ...['SCOPES_CONFLICT', 'SCOPES_INVALID', 'SELLER_NOT_OF_CONTEXT', 'SENDING_RULE_REFUSED', 'SERIAL_NOT_KSEF'],
  ...['SESSION_NOT_OPEN', 'SEVERAL_CERTIFICATES', 'SEVERAL_KEYS', 'SIGNER_UNAVAILABLE', 'SIMULATION_ON_PRODUCTION'],
  ...['TENANT_NOT_NAMED', 'TOKEN_KEY_NOT_FOUND', 'TOO_MANY_CONTEXTS', 'TOO_MANY_LIVE_KEYS', 'TOO_MANY_REQUESTS'],
  ...['TOO_MANY_STREAMS', 'TOO_MANY_WEBHOOKS', 'UNAUTHENTICATED', 'UNKNOWN_EVENT_TYPES', 'UNSUPPORTED_MEDIA_TYPE'],
  ...['WEBHOOK_HOST_UNKNOWN', 'WEBHOOK_NOT_ENABLED', 'WEBHOOK_URL_INVALID', 'WEBHOOK_URL_PRIVATE', 'WRONG_TYPE'],
];

const SOURCE = join(import.meta.dirname, '..');

async function textOf(directory: string, isWanted: (file: string) => boolean): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: directory })) {
    if (isWanted(file) && !file.endsWith('.spec.ts')) texts.push(await readFile(join(directory, file), 'utf8'));
  }
  return texts.join('\n');
}

describe('the catalogue of problems', () => {
  it('has every code that was ever published, and publishes every code that it has', () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual(PUBLISHED);
  });

  it('gives each a type of its own that follows from the code', () => {
    expect(problemType('DOCUMENT_INVALID')).toBe('urn:latarnik:problem:document-invalid');
    expect(new Set((PUBLISHED as ProblemCode[]).map(problemType)).size).toBe(PUBLISHED.length);
  });

  it('says of each what it is called, what it means and what to do', () => {
    const empty = Object.entries(PROBLEMS).filter(([, words]) => words.some((word) => word.trim().length < 3));
    expect(empty).toEqual([]);
  });

  it('has every code that the source answers with, and none that nobody answers with', async () => {
    const api = await textOf(SOURCE, (file) => !file.startsWith('problems/'));
    const domain = await textOf(join(SOURCE, '../../../libs/domain/src'), () => true);
    const answered = [...api.matchAll(/problem\(\s*\d{3},\s*'([A-Z_]+)'/g)].map(([, code = '']) => code);
    expect(answered.length).toBeGreaterThan(20);
    expect(answered.filter((code) => !(code in PROBLEMS))).toEqual([]);
    expect(PUBLISHED.filter((code) => !`${api}${domain}`.includes(`'${code}'`) && !api.includes(`${code}:`))).toEqual(
      [],
    );
  });
});
