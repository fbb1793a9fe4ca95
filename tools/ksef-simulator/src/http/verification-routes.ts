import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { SimulatorState } from '../simulator-state.js';
import type { Verification } from '../verification/finding.js';
import { verificationPage } from '../verification/verification-page.js';
import { parseCertificateCode, verifyCertificateCode } from '../verification/verify-certificate-code.js';
import { parseInvoiceCode, verifyInvoiceCode } from '../verification/verify-invoice-code.js';

/** The pages that the links of KOD I and KOD II open, for whoever scans them; no login. */
export function registerVerificationRoutes(app: FastifyInstance, state: SimulatorState): void {
  app.get('/invoice/*', (request, reply) => {
    const code = parseInvoiceCode(pathOf(request));
    return code === undefined ? sendPage(reply, 400, NO_CODE) : sendPage(reply, 200, verifyInvoiceCode(state, code));
  });

  app.get('/certificate/*', (request, reply) => {
    const code = parseCertificateCode(pathOf(request));
    return code === undefined
      ? sendPage(reply, 400, NO_CODE)
      : sendPage(reply, 200, verifyCertificateCode(state, code, request.host));
  });
}

const NO_CODE: Verification = {
  title: 'Weryfikacja',
  findings: [{ check: 'link', result: 'wrong', text: 'To nie jest link z kodu KOD I ani KOD II.' }],
  facts: [],
};

/** As it came: the signature of KOD II is made over these very characters. */
function pathOf(request: FastifyRequest): string {
  return request.raw.url ?? '';
}

function sendPage(reply: FastifyReply, status: number, verification: Verification): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
    .send(verificationPage(verification));
}
