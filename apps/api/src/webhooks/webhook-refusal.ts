import type { RegisterWebhookRefusal, ReplayRefusal, WebhookNotFound, WebhookUrlRefusal } from '@latarnik/domain';
import { placeProblem } from '../events/events.controller.js';
import { notFound, problem, ProblemError } from '../http/problem.js';

const TITLE = 'The webhook was not made';

export function webhookProblem(refusal: RegisterWebhookRefusal | WebhookNotFound | WebhookUrlRefusal): ProblemError {
  switch (refusal.code) {
    case 'WEBHOOK_NOT_FOUND':
      return notFound('webhook');
    case 'UNKNOWN_EVENT_TYPES': {
      const detail = 'These types are not in GET /v1/events/types.';
      return new ProblemError(problem(422, refusal.code, TITLE, detail, { types: refusal.types }));
    }
    case 'TOO_MANY_WEBHOOKS': {
      const detail = `A tenant may have ${String(refusal.most)} webhooks: delete one first.`;
      return new ProblemError(problem(409, refusal.code, TITLE, detail));
    }
    case 'WEBHOOK_KEY_REUSED': {
      const { webhookId } = refusal;
      const detail = `This Idempotency-Key was used with another request: it made the webhook ${webhookId}.`;
      return new ProblemError(problem(422, 'IDEMPOTENCY_KEY_REUSED', 'The key was used before', detail, { webhookId }));
    }
    case 'WEBHOOK_URL_INVALID':
    case 'WEBHOOK_URL_PRIVATE':
    case 'WEBHOOK_HOST_UNKNOWN':
      return addressProblem(refusal);
  }
}

function addressProblem(refusal: WebhookUrlRefusal): ProblemError {
  const refused = (detail: string) => new ProblemError(problem(422, refusal.code, 'Nothing is posted there', detail));
  switch (refusal.code) {
    case 'WEBHOOK_URL_INVALID':
      return refused(refusal.reason);
    case 'WEBHOOK_URL_PRIVATE':
      return refused('The address is, or leads to, one that is not on the Internet.');
    case 'WEBHOOK_HOST_UNKNOWN':
      return refused('No name server knows an address for this name.');
  }
}

export function replayProblem(refusal: ReplayRefusal): ProblemError {
  switch (refusal.code) {
    case 'WEBHOOK_NOT_FOUND':
      return notFound('webhook');
    case 'WEBHOOK_NOT_ENABLED': {
      const detail = 'Enable it first: what waits goes out then.';
      return new ProblemError(problem(409, refusal.code, 'The webhook is disabled', detail));
    }
    case 'EVENT_ID_UNKNOWN':
    case 'EVENTS_GONE':
      return placeProblem(refusal);
  }
}
