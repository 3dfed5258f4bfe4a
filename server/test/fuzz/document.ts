import { z } from 'zod';

/* What a stranger can know of the product: its API's description, read as a document and not from our own types. */

const JsonSchema = z.record(z.string(), z.unknown());
export type JsonSchema = z.infer<typeof JsonSchema>;

const Content = z.record(z.string(), z.object({ schema: JsonSchema.optional() }));

const OperationObject = z.object({
  summary: z.string(),
  security: z.array(JsonSchema),
  parameters: z.array(
    z.object({ name: z.string(), in: z.enum(['path', 'query', 'header']), required: z.boolean(), schema: JsonSchema }),
  ),
  requestBody: z.object({ content: Content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: Content.optional() })),
});

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), OperationObject)),
  components: z.object({ schemas: z.object({ Problem: JsonSchema }) }),
});

export type Route = {
  /** `POST /api/tasks/{id}/cancel` */
  name: string;
  method: string;
  path: string;
  isPublic: boolean;
  pathNames: string[];
  query: { name: string; isRequired: boolean; schema: JsonSchema }[];
  takesKey: boolean;
  body: { type: string; schema: JsonSchema } | null;
  /** By status; null: no JSON is promised. */
  answers: Map<number, z.ZodType | null>;
  /** Every status that is promised, with the codes that its words name. */
  errors: Map<number, string[]>;
};

export type Description = { routes: Map<string, Route>; Problem: z.ZodType };

/** Reads `/openapi.json`. Throws where it is no such document. */
export function readDocument(json: unknown): Description {
  const { paths, components } = Document.parse(json);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => routeOf(path, method.toUpperCase(), operation)),
  );
  return {
    routes: new Map(routes.map((route) => [route.name, route])),
    Problem: z.fromJSONSchema(components.schemas.Problem),
  };
}

function routeOf(path: string, method: string, operation: z.infer<typeof OperationObject>): Route {
  const inPlace = (place: string) => operation.parameters.filter((parameter) => parameter.in === place);
  const [[type, content] = [null, null]] = Object.entries(operation.requestBody?.content ?? {});
  const answers = new Map<number, z.ZodType | null>();
  const errors = new Map<number, string[]>();
  for (const [status, { description, content: said }] of Object.entries(operation.responses)) {
    if (said?.['application/problem+json']) errors.set(Number(status), codesIn(description));
    else answers.set(Number(status), shapeOf(said?.['application/json']?.schema));
  }
  return {
    name: `${method} ${path}`,
    method,
    path,
    isPublic: operation.security.length === 0,
    pathNames: inPlace('path').map(({ name }) => name),
    query: inPlace('query').map(({ name, required, schema }) => ({ name, isRequired: required, schema })),
    takesKey: inPlace('header').some(({ name }) => name === 'Idempotency-Key'),
    body: type === null ? null : { type, schema: content?.schema ?? {} },
    answers,
    errors,
  };
}

/** Each line of an error's words begins with its code. */
const codesIn = (description: string): string[] => description.split('\n').map((line) => line.split('：')[0] ?? '');

const shapeOf = (schema: JsonSchema | undefined): z.ZodType | null => (schema ? z.fromJSONSchema(schema) : null);
