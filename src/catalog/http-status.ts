/** An HTTP status as log lines say it: the wordings of libraries and languages, as pattern texts. */

/** Reason phrases of RFC 9110 for the statuses that entries may name. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Statuses that a condition may name. */
export const HTTP_STATUSES: readonly number[] = Object.keys(REASONS).map(Number);

/** Texts that say the status; patterns do not compare case and punctuation, so `(401) Unauthorized` needs no own one. */
export function httpStatusTexts(status: number): string[] {
  const reason = REASONS[status]!;
  const side = status < 500 ? 'client error' : 'server error';
  return [
    `${status} ${reason}`,
    `${reason} ${status}`,
    `${status} ${side}`,
    `status code ${status}`,
    `status code is ${status}`,
    `status code=${status}`,
    `statusCode ${status}`,
    `status_code ${status}`,
    `http_status ${status}`,
    `http_code ${status}`,
    `httpStatusCode ${status}`,
    `response code ${status}`,
    `responseCode ${status}`,
    `status ${status}`,
    `HTTP ${status}`,
    `HTTP/1.1 ${status}`,
    `HTTP/1.0 ${status}`,
    `HTTP/2 ${status}`,
    `HTTP/2.0 ${status}`,
    `HTTP error ${status}`,
    `HttpError ${status}`,
    `HTTP response code ${status}`,
    `error code ${status}`,
    `error ${status}`,
    `returned ${status}`,
    `returned a ${status}`,
    `response ${status}`,
    `response from API: ${status}`,
    `failed with ${status}`,
    `got ${status}`,
  ];
}
