import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { DOCS_POLICY, docsPage } from '../docs/docs-page.js';
import { ISSUE_BODY } from '../invoices/issue-body.js';
import { completeDescription, operationIdOf } from './complete-description.js';
import { answerSchema } from './open-api-schema.js';
import { problem } from './problem.js';

/** Every error has these fields; some have more, such as `findings`. */
const ProblemView = z.looseObject({
  type: z.string().describe('urn:latarnik:problem:…, stable; /docs lists what each means'),
  code: z.string().describe('stable'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().describe('of this request: the same id as the header `x-request-id`'),
});

const EXAMPLE = {
  ...problem(404, 'NOT_FOUND', 'Not found', 'There is no such invoice.'),
  instance: '/v1/invoices/01a1fa30-5ec2-742e-86df-97c798020d01#0193',
};

const SCHEME = {
  type: 'http',
  scheme: 'bearer',
  description:
    'An API key, or an access token of the identity provider. What each route names beside it is the permission that the ' +
    'key, or a role of the person, must have.',
} as const;

interface Reply {
  header(name: string, value: string): Reply;
  type(type: string): Reply;
  send(body: unknown): void;
}

/** Serves the description of the API, made from the controllers themselves, at /openapi.json, and for people at /docs. */
export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const document = documentOf(app);
  const page = docsPage(document);
  const http = app.getHttpAdapter();
  http.get('/openapi.json', (_request: unknown, reply: Reply) => {
    reply.send(document);
  });
  http.get('/docs', (_request: unknown, reply: Reply) => {
    reply.header('content-security-policy', DOCS_POLICY).type('text/html; charset=utf-8').send(page);
  });
  return document;
}

function documentOf(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Latarnik')
    .setDescription('Issue Polish e-invoices whatever the state of KSeF; errors are RFC 9457 problem documents.')
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth(SCHEME)
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationIdOf });
  const components = (document.components ??= {});
  components.schemas = { ...components.schemas, Problem: answerSchema(ProblemView) };
  components.responses = {
    ...components.responses,
    Problem: {
      description: 'A problem document (RFC 9457)',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: EXAMPLE } },
    },
  };
  for (const path of ['/v1/invoices', '/v1/invoices/{id}/technical-correction']) {
    Object.assign(document.paths[path]?.post ?? {}, { requestBody: structuredClone(ISSUE_BODY) });
  }
  completeDescription(document, app);
  return document;
}
