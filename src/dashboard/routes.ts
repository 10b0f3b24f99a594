/** The API of the live page over HTTP: see `openapi.ts`. */
import type { z } from 'zod';
import { describeIssue } from '../catalog/load.ts';
import { type BodyAnswer, HttpProblem, type HttpRequest, jsonAnswer, jsonBody, type Route } from '../http/route.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { Board } from './board.ts';
import { connectorDetail, connectorList } from './connector-answers.ts';
import { errorTypeDetail, errorTypeList } from './error-type-answers.ts';
import { explainSafely, explanationAnswer } from './explanation.ts';
import { Feed } from './feed.ts';
import { API, openApiDocument } from './openapi.ts';
import { overviewOf } from './overview-answer.ts';
import type { ProcessStatus } from './pipeline-state.ts';
import { connectorsQuery, errorTypesQuery, overviewQuery, unclassifiedQuery } from './schema/queries.ts';
import { explainRequestSchema } from './schema/unclassified.ts';
import { unclassifiedDetail, unclassifiedList } from './unclassified-answers.ts';

/** A message of the allowed length, with every character escaped as JSON may. */
const MAX_EXPLAIN_BYTES = 262_144;

export interface DashboardOptions {
  readonly board: Board;
  /** The matcher in use, asked for each time. */
  readonly matcher: () => Matcher;
  readonly redactor: Redactor;
  readonly status: () => ProcessStatus;
  /** Of connector-triage. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Everything under `/api/v1`. */
export function dashboardRoutes({ board, matcher, redactor, status, version, now }: DashboardOptions): Route[] {
  const feed = new Feed({ board, status, version, now });
  const document = jsonAnswer(200, openApiDocument(version));
  return [
    get('/overview', (request) => {
      const { window } = queryOf(request, overviewQuery);
      return jsonAnswer(200, overviewOf({ board, status: status(), version }, window, now()));
    }),
    get('/connectors', (request) => jsonAnswer(200, connectorList(board, queryOf(request, connectorsQuery), now()))),
    get('/connectors/:key', ({ params }) =>
      found(connectorDetail(board, params.key!, now()), 'connector', params.key!),
    ),
    get('/error-types', (request) => jsonAnswer(200, errorTypeList(board, queryOf(request, errorTypesQuery), now()))),
    get('/error-types/:type', ({ params }) =>
      found(errorTypeDetail(board, params.type!, now()), 'error type', params.type!),
    ),
    get('/unclassified', (request) =>
      jsonAnswer(200, unclassifiedList(board, queryOf(request, unclassifiedQuery), now())),
    ),
    get('/unclassified/:fingerprint', ({ params }) => {
      const detail = unclassifiedDetail(board, matcher(), params.fingerprint!, now());
      return found(detail, 'group of unclassified messages', params.fingerprint!);
    }),
    get('/unclassified/:fingerprint/draft', ({ params }) => {
      const detail = unclassifiedDetail(board, matcher(), params.fingerprint!, now());
      if (detail === undefined) throw missing('group of unclassified messages', params.fingerprint!);
      return { status: 200, headers: { 'content-type': 'application/yaml' }, body: detail.draft.yaml };
    }),
    {
      method: 'POST',
      path: `${API}/explain`,
      access: 'guarded',
      maxBodyBytes: MAX_EXPLAIN_BYTES,
      handle: (request) => {
        const { message, app } = parsed(explainRequestSchema, jsonBody(request), 'the body');
        const explanation = explainSafely(matcher(), message, app, redactor);
        return jsonAnswer(200, explanationAnswer(redactor.text(message), explanation));
      },
    },
    {
      method: 'GET',
      path: `${API}/events`,
      access: 'guarded',
      handle: () => ({ stream: (events) => feed.join(events) }),
    },
    get('/openapi.json', () => document),
  ];
}

function get(path: string, handle: (request: HttpRequest) => BodyAnswer): Route {
  return { method: 'GET', path: `${API}${path}`, access: 'guarded', handle };
}

function found(answer: object | undefined, what: string, name: string): BodyAnswer {
  if (answer === undefined) throw missing(what, name);
  return jsonAnswer(200, answer);
}

function missing(what: string, name: string): HttpProblem {
  const shown = name.length > 100 ? `${name.slice(0, 100)}...` : name;
  return new HttpProblem(
    404,
    `there is no ${what} ${JSON.stringify(shown)}, or it was not seen for long and forgotten`,
  );
}

/** A name that is given twice counts once, with its last value. */
function queryOf<T extends z.ZodType>({ query }: HttpRequest, schema: T): z.infer<T> {
  return parsed(schema, Object.fromEntries(query), 'the query');
}

function parsed<T extends z.ZodType>(schema: T, given: unknown, where: string): z.infer<T> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const sentences = result.error.issues.slice(0, 5).map((issue) => describeIssue(issue, given));
  throw new HttpProblem(400, `${where}: ${sentences.join('; ')}`);
}
