import { errorCatalogue, Problem, type ErrorCode } from '@suyi/shared-types';
import { z } from 'zod';
import type { Operation } from './operations';

type Json = Record<string, unknown>;

/** Any route may answer these. */
const commonErrors = ['invalid_request', 'rate_limited', 'internal_error'] as const satisfies readonly ErrorCode[];

/** Any route that reads a body may answer these. */
const bodyErrors = [
  'invalid_json',
  'body_too_large',
  'unsupported_content_type',
] as const satisfies readonly ErrorCode[];

/** `:id` and `{*key}`, as the router writes them. */
const placeholder = /\{?[:*](\w+)\}?/g;

/** An OpenAPI 3.1 document of these operations; its schemas are made from the zod schemas that the routes parse with. */
export function openApiOf(operations: readonly Operation[]): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replace(placeholder, '{$1}');
    paths[path] = { ...paths[path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Suyi (素衣) API', version: '1' },
    paths,
    components: {
      schemas: { Problem: schemaOf(Problem, 'output') },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function describe(operation: Operation): Json {
  return {
    summary: operation.summary,
    security: operation.isPublic ? [] : [{ bearer: [] }],
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    ...(operation.body && {
      requestBody: {
        required: true,
        content: { [operation.bodyType ?? 'application/json']: { schema: schemaOf(operation.body, 'input') } },
      },
    }),
    responses: { ...answersOf(operation), ...errorsOf(operation) },
  };
}

function pathParameters(operation: Operation): Json[] {
  return [...operation.path.matchAll(placeholder)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(operation: Operation): Json[] {
  if (!operation.query) return [];
  const { properties = {}, required = [] } = schemaOf(operation.query, 'input') as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters(operation: Operation): Json[] {
  if (!operation.takesIdempotencyKey) return [];
  return [
    { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', pattern: '^[\\w.:-]{8,64}$' } },
  ];
}

function answersOf(operation: Operation): Json {
  const answers = Object.entries(operation.answers).map(([status, shape]) => [
    status,
    {
      description: operation.summary,
      ...(shape && { content: { 'application/json': { schema: schemaOf(shape, 'output') } } }),
    },
  ]);
  return Object.fromEntries(answers) as Json;
}

function errorsOf(operation: Operation): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  const ofAnyId: ErrorCode[] = /[:*]/.test(operation.path) ? ['not_found'] : [];
  const ofAnyBody = operation.body || operation.bodyType === 'multipart/form-data' ? bodyErrors : [];
  for (const code of new Set<ErrorCode>([...commonErrors, ...ofAnyId, ...ofAnyBody, ...operation.errors])) {
    const [status] = errorCatalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `${code}：${errorCatalogue[code][1]}`).join('\n'),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ]);
  return Object.fromEntries(answers) as Json;
}

function schemaOf(shape: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { target: 'draft-2020-12', io, unrepresentable: 'any' });
  return schema;
}
