import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { z } from 'zod';

type Schema = Readonly<Record<string, unknown>>;

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Describes the query that a route checks against this schema: one parameter for each of its fields, and no other. */
export function ApiQueryOf(schema: z.ZodObject): MethodDecorator {
  // As it is read: a number, where what is sent is text that says one. What may be left out is told by what is sent.
  const { properties = {} } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as ObjectSchema;
  const { required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ObjectSchema;
  const parameters = Object.entries(properties).map(([name, { description, ...type }]) =>
    ApiQuery({
      ...{ name, required: required.includes(name), schema: type },
      ...(typeof description === 'string' ? { description } : {}),
    }),
  );
  return applyDecorators(...parameters);
}
