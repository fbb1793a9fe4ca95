import fc from 'fast-check';

/** The parts of JSON Schema that our descriptions use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly maxLength?: number;
}

/** Values that programs stumble over. */
const HOSTILE: readonly unknown[] = [
  ...[null, true, 0, -1, 1e308, Number.MAX_SAFE_INTEGER + 1, '', ' ', '\u0000', '\u2028', '\ud800', '𝄞'],
  ...[
    "'; DROP TABLE invoice; --",
    '%00',
    '../../etc/passwd',
    '=cmd|calc!A1',
    '\r\nset-cookie: a=b',
    '${jndi:ldap://x}',
  ],
  ...['9999-99-99', '2026-02-30T25:61:61Z', 'NaN', 'x'.repeat(10_000), [], {}, [[[[]]]], { constructor: 1 }],
];

const hostile = fc.constantFrom(...HOSTILE);
const MOST_DEPTH = 5;

/** Values that nearly fit: the right shape with wrong parts in it, missing parts and parts that nobody asked for. */
export function nearly(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const fitting = depth > MOST_DEPTH ? hostile : fits(schema, depth);
  return fc.oneof(
    { weight: 8, arbitrary: fitting },
    { weight: 1, arbitrary: hostile },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

function fits(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const either = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (either.length > 0) return fc.oneof(...either.map((one) => nearly(one, depth + 1)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  const type = [schema.type].flat()[0];
  const ofType = new Map<string | undefined, () => fc.Arbitrary<unknown>>([
    ['object', () => object(schema, depth)],
    ['array', () => fc.array(nearly(schema.items ?? {}, depth + 1), { maxLength: 3 })],
    ['integer', () => fc.integer()],
    ['number', () => fc.double({ noNaN: true, noDefaultInfinity: true })],
    ['boolean', () => fc.boolean()],
    ['string', () => someText],
  ]).get(type);
  return ofType?.() ?? hostile;
}

const someText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string(),
  fc.uuid(),
  fc.constant('2026-11-20'),
);

function object({ properties = {} }: Schema, depth: number): fc.Arbitrary<unknown> {
  const own = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, nearly(part, depth + 1)]));
  const stray = fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.string(), hostile) },
  );
  return fc.tuple(fc.record(own, { requiredKeys: [] }), stray).map(([parts, more]) => ({ ...parts, ...more }));
}
