/**
 * Errors as the apps really give them that no entry of the shipped catalog knows: what "unclassified" looks like, and
 * where the next catalog entries come from.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { errorFieldsOf } from './error-fields.ts';
import type { ErrorText } from './known-errors.ts';
import { parseTemplate } from './templates.ts';

const ANY_APP = [
  'HTTP 429 Too Many Requests from https://{host}/api/v{int:1-3}/events, retry after {int:5-120} s',
  'HTTP 503 Service Unavailable from https://{host}/api/v{int:1-3}/users (attempt {int:1-5} of 5)',
  'HttpRequestFailure: Server returned: 502 Bad Gateway: <html><body>upstream {host} closed the connection</body></html>',
  'javax.net.ssl.SSLHandshakeException: TLS handshake failed with {host}:443: certificate has expired',
  'read ECONNRESET {host}:443 after {int:12-900} ms',
  'connect ECONNREFUSED 10.{int:1-254}.{int:1-254}.{int:1-254}:8443',
  'java.net.UnknownHostException: {host}: Name or service not known',
  'getaddrinfo EAI_AGAIN {host}',
  'SyntaxError: Unexpected token < in JSON at position {int:0-4000} (page {int:1-90})',
  'com.fasterxml.jackson.core.JsonParseException: Unexpected end-of-input at line {int:1-40}, column {int:1-900}',
  'java.lang.OutOfMemoryError: Java heap space while sorting {int:100000-900000} events',
  'Checkpoint {hex:8} could not be saved: disk quota of /var/lib/connector exceeded ({int:95-100} % used)',
];

const BY_APP: Readonly<Record<string, readonly string[]>> = {
  atlassian: [
    'Jira search failed: {"errorMessages":["The value \'{hex:6}\' does not exist for the field \'project\'."]}',
  ],
  aws: [
    'software.amazon.awssdk.services.cloudtrail.model.CloudTrailException: Rate exceeded (Status Code: 400, Request ID: {guid})',
    'AccessDenied: User: arn:aws:sts::{int:100000000000-999999999999}:assumed-role/connector is not authorized to perform: s3:GetObject',
  ],
  box: [
    'BoxAPIException: The API returned an error code [429 | {hex:16}] rate_limit_exceeded - Request rate limit exceeded',
  ],
  'exchange-online': [
    'ErrorServerBusy: The server cannot service this request right now. Try again later. BackOffMilliseconds={int:1000-300000}',
  ],
  'google-workspace': [
    "GoogleJsonResponseException: 429 Too Many Requests: quota exceeded for quota metric 'Queries' of project {int:100000-999999}",
    'invalid_scope: Some requested scopes were invalid. {invalid=[https://apis.example/auth/audit.{hex:4}]}',
  ],
  'microsoft-365': [
    "AADSTS700016: Application with identifier '{guid}' was not found in the directory '{tenant}'. Trace ID: {guid}",
    "AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication to access '{guid}'.",
    '{"error":{"code":"AF20055","message":"Start time and end time must both be specified, request {guid}"}}',
  ],
  okta: [
    '{"errorCode":"E0000047","errorSummary":"API call exceeded rate limit due to too many requests.","errorId":"oae{hex:14}"}',
    '{"errorCode":"E0000006","errorSummary":"You do not have permission to perform the requested action","errorId":"oae{hex:14}"}',
  ],
  salesforce: [
    'REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded. Organization 00D{hex:12} used {int:100000-110000} calls',
    "INVALID_FIELD: No such column 'LoginGeo{int:1-99}__c' on entity 'LoginEvent'",
  ],
  servicenow: ['Transaction cancelled: maximum execution time exceeded for sys_audit (query {hex:8}, {int:300-900} s)'],
  slack: [
    '{"ok":false,"error":"missing_scope","needed":"auditlogs:read","provided":"users:read,team:read","req":"{hex:10}"}',
    '{"ok":false,"error":"ratelimited","retry_after":{int:1-60},"req":"{hex:10}"}',
  ],
  smartsheet: ['HTTP 429: {"errorCode":4003,"message":"Rate limit exceeded.","refId":"{hex:12}"}'],
  workday: ['{"code":429,"serverResponse":{"body":"{\\"error\\":\\"too many requests\\"}"},"id":"{hex:10}"}'],
  zendesk: ['Get user: Success Get events: Request failed with status code 429 (request {hex:12})'],
};

/** The unknown errors of every app of the catalog, the most frequent first; never an empty list. */
export function unknownErrorsOf(catalog: Catalog): ReadonlyMap<string, readonly ErrorText[]> {
  const any = ANY_APP.map(unknownError);
  return new Map(catalog.apps.map(({ key }) => [key, [...(BY_APP[key] ?? []).map(unknownError), ...any]]));
}

function unknownError(text: string): ErrorText {
  return { template: parseTemplate(text), error: errorFieldsOf(text) };
}
