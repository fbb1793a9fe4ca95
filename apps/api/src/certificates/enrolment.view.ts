import { contextLabel, type Enrolment, type EnrolmentRefusal } from '@latarnik/domain';
import { z } from 'zod';
import { Moment, shortText } from '../http/fields.js';
import { TypeWord, typeName } from './certificate.view.js';

export const EnrolmentBody = z.strictObject({
  context: z.string().describe('`Nip:5265877635`: the application is made in the name of whoever logs in there'),
  type: TypeWord.describe('`signing` means Offline'),
  name: shortText(100).describe('As KSeF lists it: 5 to 100 letters, Polish ones too, digits, `_`, `-` and spaces'),
  keyAlgorithm: z.enum(['ec-p256', 'rsa']).default('ec-p256').describe('RSA keys have 2048 bits'),
  validFrom: Moment.optional().describe('Start of validity; without it the moment of issue'),
});

export const EnrolmentView = z.object({
  id: z.uuid().describe('The certificate will have it too'),
  context: z.string(),
  name: z.string(),
  type: z.enum(['Offline', 'Authentication']),
  keyAlgorithm: z.enum(['rsa', 'ec-p256']),
  validFrom: z.iso.datetime().nullable(),
  state: z.enum(['prepared', 'sending', 'submitted', 'issued', 'completed', 'refused']),
  explanation: z.string(),
  requestedAt: z.iso.datetime(),
  sendings: z.int().min(0).describe('Applications that KSeF may have taken'),
  serial: z.string().nullable(),
  certificate: z.string().nullable().describe('Where the certificate is, once it is here'),
  refusal: z.object({ code: z.string(), detail: z.string(), ksefCode: z.int().nullable() }).nullable(),
});
export type EnrolmentView = z.infer<typeof EnrolmentView>;
export const EnrolmentList = z.object({ items: z.array(EnrolmentView), next: z.string().nullable() });

/** Never the key, nor the request that it signed. */
export function enrolmentView(enrolment: Enrolment): EnrolmentView {
  const { id, context, name, type, keyAlgorithm, validFrom, plannedAt, sendings, state } = enrolment;
  return {
    ...{ id, context: contextLabel(context), name, type: typeName(type), keyAlgorithm },
    validFrom: validFrom?.toString() ?? null,
    ...{ state, explanation: EXPLANATIONS[state], requestedAt: plannedAt.toString(), sendings },
    serial: 'serial' in enrolment ? enrolment.serial : null,
    certificate: state === 'completed' ? `/v1/certificates/${id}` : null,
    refusal: state === 'refused' ? refusalView(enrolment.refusal) : null,
  };
}

const EXPLANATIONS: Readonly<Record<Enrolment['state'], string>> = {
  prepared: 'The key and the application are made and stored; KSeF gets the application next.',
  sending:
    'The application was sent and its answer is awaited, or was lost: then KSeF is searched for its certificate.',
  submitted: 'KSeF took the application and works on it.',
  issued: 'KSeF issued the certificate; it is fetched next.',
  completed: 'The certificate is here, ready for use.',
  refused: 'There will be no certificate, and the key is gone.',
};

function refusalView(refusal: EnrolmentRefusal): NonNullable<EnrolmentView['refusal']> {
  const { code } = refusal;
  const ksefCode = 'ksefCode' in refusal ? (refusal.ksefCode ?? null) : null;
  return { code, detail: detailOf(refusal), ksefCode };
}

function detailOf(refusal: EnrolmentRefusal): string {
  if ('details' in refusal) return [refusal.description, ...refusal.details].join(' ');
  if ('description' in refusal) return refusal.description;
  switch (refusal.code) {
    case 'LIMIT_REACHED':
      return 'KSeF takes no more applications, or certificates, of this subject.';
    case 'SENDINGS_EXHAUSTED':
      return (
        `KSeF issued nothing for ${String(refusal.sendings)} applications. Should a certificate of this name appear in ` +
        'its list later, nobody has its key: revoke it there.'
      );
    case 'CERTIFICATE_NOT_OURS':
      return `KSeF answered with certificate ${refusal.serial}, which is not of the type and key applied for.`;
  }
}
