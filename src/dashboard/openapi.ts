/** The API as an OpenAPI 3.1 document: paths from the table below, shapes from the schemas that the answers are made by. */
import { z } from 'zod';
import { answers, problemSchema } from './schema/base.ts';
import { connectorDetailSchema, connectorListSchema } from './schema/connectors.ts';
import { errorTypeDetailSchema, errorTypeListSchema } from './schema/error-types.ts';
import { beatSchema, overviewSchema, updateSchema } from './schema/overview.ts';
import { connectorsQuery, errorTypesQuery, overviewQuery, unclassifiedQuery } from './schema/queries.ts';
import {
  explainRequestSchema,
  explanationSchema,
  unclassifiedDetailSchema,
  unclassifiedListSchema,
} from './schema/unclassified.ts';

/** One endpoint as the document shows it. */
export interface Operation {
  readonly method: 'get' | 'post';
  /** With `{name}` where a segment is a parameter. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly request?: z.ZodType;
  readonly answer: {
    readonly contentType: string;
    readonly schema?: z.ZodType;
    /** What the data of each kind of server-sent event is. */
    readonly events?: Readonly<Record<string, z.ZodType>>;
    readonly description: string;
  };
  /** Statuses of problems beside 401, 403, 421 and 429, which all of them may give. */
  readonly problems: readonly (keyof typeof PROBLEMS)[];
}

const PROBLEMS = {
  400: 'The request is not as described here.',
  404: 'There is no such thing (any more).',
  413: 'The body is larger than 262,144 bytes.',
  415: 'The body is not `application/json`.',
} as const;

const json = (schema: z.ZodType, description: string) => ({ contentType: 'application/json', schema, description });

export const API = '/api/v1';

const EVENTS = [
  'Server-sent events. `snapshot` comes first and has an Overview with the 1h chart; `update` has an Update, at most once a second and only when something changed; `beat` has a Beat and comes every 5 s while nothing does.',
  'Without any event for 15 s the connection is dead, whatever the browser says; what is shown is then old. After a reconnection there is a `snapshot` again. A reader that does not keep up is cut off and should come back.',
].join('\n\n');

export const OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: `${API}/overview`,
    summary: 'Totals, state of the pipeline, what needs attention, errors by type over time.',
    query: overviewQuery,
    answer: json(overviewSchema, 'Everything that the first page shows.'),
    problems: [400],
  },
  {
    method: 'get',
    path: `${API}/connectors`,
    summary: 'Connectors with errors, filtered, sorted, by pages.',
    query: connectorsQuery,
    answer: json(connectorListSchema, 'One page of them.'),
    problems: [400],
  },
  {
    method: 'get',
    path: `${API}/connectors/{key}`,
    summary: 'One connector.',
    answer: json(connectorDetailSchema, 'Its state, its error types, its last day.'),
    problems: [404],
  },
  {
    method: 'get',
    path: `${API}/error-types`,
    summary: 'Error types, filtered, sorted, by pages.',
    query: errorTypesQuery,
    answer: json(errorTypeListSchema, 'One page of them.'),
    problems: [400],
  },
  {
    method: 'get',
    path: `${API}/error-types/{error_type}`,
    summary: 'One error type: what it is, what to do, whom it hits, latest examples.',
    answer: json(errorTypeDetailSchema, 'Also for catalog entries that were not seen yet.'),
    problems: [404],
  },
  {
    method: 'get',
    path: `${API}/unclassified`,
    summary: 'Messages that no entry fits, in groups.',
    query: unclassifiedQuery,
    answer: json(unclassifiedListSchema, 'One page of them.'),
    problems: [400],
  },
  {
    method: 'get',
    path: `${API}/unclassified/{fingerprint}`,
    summary: 'One group, the entries that it comes near to, and a draft of an entry for it.',
    answer: json(unclassifiedDetailSchema, 'The group.'),
    problems: [404],
  },
  {
    method: 'get',
    path: `${API}/unclassified/{fingerprint}/draft`,
    summary: 'The draft alone, as YAML for a catalog file.',
    answer: {
      contentType: 'application/yaml',
      description: 'Passes the loader; what stands for a decision is to be written.',
    },
    problems: [404],
  },
  {
    method: 'post',
    path: `${API}/explain`,
    summary: 'What `triage explain` says about a message. Nothing of it is kept.',
    request: explainRequestSchema,
    answer: json(explanationSchema, 'With or without an entry that fits.'),
    problems: [400, 413, 415],
  },
  {
    method: 'get',
    path: `${API}/events`,
    summary: 'What changes, while it does.',
    answer: {
      contentType: 'text/event-stream',
      events: { snapshot: overviewSchema, update: updateSchema, beat: beatSchema },
      description: EVENTS,
    },
    problems: [],
  },
  {
    method: 'get',
    path: `${API}/openapi.json`,
    summary: 'This document.',
    answer: { contentType: 'application/json', description: 'OpenAPI 3.1.' },
    problems: [],
  },
];

/** The document. `version`: of connector-triage. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: toOperation(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'connector-triage',
      version,
      description:
        'What the live page shows. Counts are of one process since it started and in its memory only; for history there are /metrics and the output topic. Fields may be added within v1; none is removed or changes its meaning.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }, {}],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Needed where `http.token` is set; on loopback it may be none.',
        },
      },
      schemas: schemas(),
    },
  };
}

function toOperation({ summary, path, query, request, answer, problems }: Operation): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const parameters = [...inPath, ...(query === undefined ? [] : queryParameters(query))];
  const events = Object.entries(answer.events ?? {}).map(([name, schema]) => [name, reference(schema)]);
  const content = { [answer.contentType]: { schema: answer.schema ? reference(answer.schema) : { type: 'string' } } };
  const failed = problems.map((status) => [status, problem(PROBLEMS[status])]);
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(request && {
      requestBody: { required: true, content: { 'application/json': { schema: reference(request) } } },
    }),
    responses: {
      200: {
        description: answer.description,
        content,
        ...(events.length > 0 && { 'x-events': Object.fromEntries(events) }),
      },
      ...Object.fromEntries(failed),
      default: problem('Not allowed (401, 403, 421), too often (429), or a bug (500).'),
    },
  };
}

function problem(description: string): object {
  return { description, content: { 'application/json': { schema: reference(problemSchema) } } };
}

function reference(schema: z.ZodType): { $ref: string } {
  return { $ref: `#/components/schemas/${answers.get(schema)!.id}` };
}

function queryParameters(query: z.ZodObject): object[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as { description?: string };
    return { name, in: 'query', ...(description !== undefined && { description }), schema };
  });
}

function schemas(): Record<string, object> {
  const { schemas: all } = z.toJSONSchema(answers, {
    uri: (id) => `#/components/schemas/${id}`,
    // The format says it; the pattern is long and says no more.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return Object.fromEntries(Object.entries(all).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]));
}
