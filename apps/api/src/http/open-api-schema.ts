import { z } from 'zod';

type OpenApiSchema = Record<string, unknown>;

/** The JSON Schema of a body that is taken: what is checked and what is described are one. */
export function bodySchema(schema: z.ZodType): OpenApiSchema {
  return jsonSchema(schema, 'input');
}

/** The JSON Schema of an answer: exactly these fields, no others. */
export function answerSchema(schema: z.ZodType): OpenApiSchema {
  return jsonSchema(schema, 'output');
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): OpenApiSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as OpenApiSchema;
  return rest;
}
