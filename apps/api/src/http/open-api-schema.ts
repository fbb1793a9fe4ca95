import { z } from 'zod';

type OpenApiSchema = Record<string, unknown>;

/** The JSON Schema of a zod schema, for the API description: what is checked and what is described are one. */
export function openApiSchema(schema: z.ZodType): OpenApiSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  }) as OpenApiSchema;
  return rest;
}
