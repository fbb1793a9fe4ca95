import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { answerSchema } from './open-api-schema.js';
import { ISSUE_BODY } from '../invoices/issue-body.js';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Every error has these fields; some have more, such as `findings`. */
const ProblemView = z.looseObject({
  type: z.string().describe('urn:latarnik:problem:…, stable'),
  code: z.string().describe('stable'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
});

/** Serves the description of the API, made from the controllers themselves, at /openapi.json. */
export function describeApi(app: NestFastifyApplication): void {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Latarnik')
    .setDescription('Issue Polish e-invoices whatever the state of KSeF; errors are RFC 9457 problem documents.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'API key' })
    .addSecurityRequirements('bearer')
    .addGlobalResponse({
      status: 'default',
      description: 'A problem document (RFC 9457)',
      schema: answerSchema(ProblemView),
    })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  Object.assign(document.paths['/v1/invoices']?.post ?? {}, { requestBody: ISSUE_BODY });
  Object.assign(document.paths['/v1/invoices/{id}/technical-correction']?.post ?? {}, { requestBody: ISSUE_BODY });
  app.getHttpAdapter().get('/openapi.json', (_request: unknown, reply: { send(body: unknown): void }) => {
    reply.send(document);
  });
}
