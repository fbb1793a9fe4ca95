import type { Log } from '@latarnik/composition';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf, type Occasion } from './exception-problem.js';
import { instanceOf } from './request-id.js';

/** Turns whatever was thrown into a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { document, headers } = problemOf(exception, this.log, occasionOf(request));
    void reply
      .status(document.status)
      .headers(headers)
      .header('content-type', 'application/problem+json')
      .send(Buffer.from(JSON.stringify({ ...document, instance: instanceOf(request) })));
  }
}

export const occasionOf = ({ id, method, routeOptions }: FastifyRequest): Occasion => ({
  requestId: id,
  method,
  route: routeOptions.url ?? '',
});
