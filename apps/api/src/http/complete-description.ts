import { ROLE_PERMISSIONS, type Permission } from '@latarnik/domain';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { NEEDS, PUBLIC, WITHIN_CONTEXTS } from './needs.js';
import { BODY_EXAMPLES } from './open-api-examples.js';

/** How a route is marked. */
interface Marks {
  readonly needs?: Permission;
  readonly isPublic: boolean;
  readonly within?: 'invoice' | 'request';
}

interface Media {
  example?: unknown;
}

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content?: Record<string, Media> };
  readonly responses: Record<string, { description?: string; content?: object; $ref?: string }>;
  security?: object[];
  [extension: `x-${string}`]: unknown;
}

export const operationIdOf = (controller: string, method: string): string => {
  const called = controller.replace(/Controller$/, '');
  return `${called.charAt(0).toLowerCase()}${called.slice(1)}${method.charAt(0).toUpperCase()}${method.slice(1)}`;
};

/**
 * Adds what follows from how every route is built: the permission it needs and the roles that have it, the problems it may
 * answer with, and examples of its bodies.
 */
export function completeDescription(document: OpenAPIObject, app: NestFastifyApplication): void {
  const marks = marksOf(app);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, described] of Object.entries(operations as Record<string, Operation>)) {
      const mark = marks.get(described.operationId ?? '');
      if (mark === undefined) throw new Error(`${method} ${path} is described and not there`);
      describeAccess(described, mark);
      describeProblems(described, method, path, mark);
      addExample(described, `${method.toUpperCase()} ${path}`);
    }
  }
}

/** Of every handler, by the id of its operation; what stands at the method goes before what stands at its class. */
function marksOf(app: NestFastifyApplication): ReadonlyMap<string, Marks> {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return new Map(
    controllers.flatMap(({ metatype, name }) => {
      const { prototype } = metatype as { readonly prototype: Readonly<Record<string, object>> };
      return Object.getOwnPropertyNames(prototype).flatMap((method) => {
        const handler = prototype[method];
        if (typeof handler !== 'function' || !Reflect.hasMetadata('path', handler) || metatype === null) return [];
        const mark = (key: string): unknown => Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, metatype);
        const [needs, within] = [mark(NEEDS) as Permission | undefined, mark(WITHIN_CONTEXTS) as Marks['within']];
        const marks: Marks = {
          isPublic: mark(PUBLIC) === true,
          ...(needs === undefined ? {} : { needs }),
          ...(within === undefined ? {} : { within }),
        };
        return [[operationIdOf(String(name), method), marks] as const];
      });
    }),
  );
}

function describeAccess(operation: Operation, { needs, isPublic, within }: Marks): void {
  operation.security = isPublic || needs === undefined ? [] : [{ bearer: [needs] }];
  if (needs === undefined) return;
  operation['x-permission'] = needs;
  operation['x-roles'] = Object.entries(ROLE_PERMISSIONS)
    .filter(([, permissions]) => (permissions as readonly Permission[]).includes(needs))
    .map(([role]) => role);
  operation['x-keys-limited-to-contexts'] = within !== undefined;
}

const PROBLEM = { $ref: '#/components/responses/Problem' };

function describeProblems({ responses, ...operation }: Operation, method: string, path: string, marks: Marks): void {
  const may: Readonly<Record<string, boolean>> = {
    400: true,
    401: !marks.isPublic,
    403: !marks.isPublic,
    404: path.includes('{'),
    409: method !== 'get',
    413: operation.requestBody !== undefined,
    415: operation.requestBody !== undefined,
    422: method !== 'get',
    429: !marks.isPublic,
    500: true,
    503: true,
  };
  for (const [status, isPossible] of Object.entries(may)) {
    if (isPossible) responses[status] ??= PROBLEM;
  }
  responses['default'] ??= PROBLEM;
  for (const [status, response] of Object.entries(responses)) describeAnswer(status, response);
}

/** What a route says of an answer itself, made whole. */
function describeAnswer(status: string, response: Operation['responses'][string]): void {
  if (response.$ref !== undefined) return;
  response.description ||= 'Done';
  if (Number(status) < 400) return;
  response.content ??= { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
}

function addExample({ requestBody }: Operation, route: string): void {
  const example = BODY_EXAMPLES[route];
  const media = requestBody?.content?.['application/json'];
  if (example !== undefined && media !== undefined) media.example = example;
}
