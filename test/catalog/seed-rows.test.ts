/** The 36 rows of "Troubleshoot App connector errors" (29 January 2023), as they stand: each must give its own entry. */
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { compile } from '../../src/matcher/matcher.ts';

const AADSTS =
  '"AADSTS70002: Error validating credentials. AADSTS70008: The provided authorization code or refresh token is expired. Send a new interactive authorization request for this user and resource.';

const ROWS: readonly (readonly [row: number, app: string | undefined, text: string])[] = [
  [1, undefined, 'HttpRequestFailure: Server returned: 500 Internal server error'],
  [2, undefined, 'Service timeout'],
  [
    3,
    'Atlassian',
    'Get events: Request failed with status code 402. Payment Required. Audit Log Entitlement validation failed',
  ],
  [4, 'AWS', 'NullPointerException'],
  [
    5,
    'Box',
    'AuthFatalFailureException: com.box.boxjavalibv2.exceptions.BoxServerException: {"error":"invalid_grant","error_description":"Invalid refresh token"}',
  ],
  [6, 'Box', 'BoxRestException: Failed to parse response.'],
  [
    7,
    'Box',
    'ContextManagerServiceException: com.adallom.adalib.httputils.exceptions.TokenRefreshException: {"error":"invalid_grant","error_description":"Invalid refresh token"}\'',
  ],
  [8, 'Box', 'BoxServerException: User cannot access this feature without having an enterprise'],
  [9, 'Box', 'BoxServerException: Unauthorized - Cannot authorize with this service'],
  [10, 'Exchange Online', 'HttpRequestFailure: Server returned: 401 Unauthorized'],
  [11, 'Exchange Online', 'HttpRequestFailure: Server returned: 404 Not Found'],
  [12, 'Google Workspace', 'GoogleJsonResponseException: 401 Unauthorized'],
  [13, 'Google Workspace', 'GoogleJsonResponseException: 403 Forbidden'],
  [14, 'Google Workspace', 'TokenResponseException: 400 Bad Request'],
  [15, 'Okta', 'HttpRequestFailure: Server returned: 401 Unauthorized'],
  [16, 'Okta', 'IOException:'],
  [17, 'Okta', 'HttpRequestFailure: Server returned: 404 Not Found'],
  [
    18,
    'Microsoft 365',
    'HttpRequestFailure: Server returned: 400 Bad Request: {"error":{"code":"AF20012","message":"Specified tenant ID (Tenant_ID goes here) is incorrectly configured in the system."',
  ],
  [
    19,
    'Microsoft 365',
    'Microsoft.Office.Compliance.Audit.DataServiceException: Tenant 998cea7e-35cd-46a5-ab3c-8ec88a45d7d5 does not exist',
  ],
  [19, 'Microsoft 365', '{"error":"code":"AF20023","message":"The subscription was disabled."'],
  [20, 'Microsoft 365', 'HttpRequestFailure: Server returned: 401 Unauthorized'],
  [21, 'Microsoft 365', `TokenRefreshException: {"error":"invalid_grant","error_description":${AADSTS}`],
  [22, 'Microsoft 365', 'SocketTimeoutException: Read timed out'],
  [23, 'Microsoft 365', 'NullPointerException'],
  [24, 'Microsoft 365', 'IgniteException'],
  [
    25,
    'Microsoft 365',
    `ContextManagerServiceException: com.adallom.adalib.httputils.exceptions.TokenRefreshException: {"error":"invalid_grant","error_description":${AADSTS}`,
  ],
  [26, 'Microsoft 365', 'HttpRequestFailure: Server returned: 400 Bad Request'],
  [27, 'Salesforce', 'SocketTimeoutException: Read timed out'],
  [28, 'Salesforce', 'HttpRequestFailure: Server returned: 400 Bad Request'],
  [29, 'Salesforce', 'Get Permissions: NoHttpResponseException: *******.salesforce.com:443 failed to respond'],
  [30, 'Slack', 'team_not_authorized'],
  [
    31,
    'ServiceNow',
    'RuntimeException: com.adallom.adalib.httputils.exceptions.HttpRequestFailure: Server returned: 403 Forbidden',
  ],
  [32, 'Smartsheet', 'Operation you are attempting to perform is not supported by your plan'],
  [
    33,
    'Workday',
    'Get events: {"code":403,"serverResponse"\nGet users: {"code":403,"serverResponse"\n…\n"body":"{"error":"permission denied"}"',
  ],
  [34, 'Workday', '"code":400,"serverResponse"\n…\nbody":"{"error":"invalid_grant"}'],
  [35, 'Workday', '"code":401,"serverResponse":\n…\nbody":"{"error":"invalid_client"}"'],
  [36, 'Zendesk', 'Get user: Success Get events: Request failed with status code 403'],
];

const matcher = compile(loadCatalog(BUNDLED_CATALOG));

function rowOf(text: string, app: string | undefined) {
  const found = matcher.classify(text, matcher.resolveApp(app));
  return found.kind === 'match'
    ? { row: found.match.entry.source?.row, confidence: found.match.confidence }
    : undefined;
}

/** What log pipelines do to a text, and what the answer is worth afterwards. */
const WRAPPERS: readonly (readonly [name: string, wrap: (text: string) => string])[] = [
  ['in a JSON field', (text) => JSON.stringify({ level: 'error', msg: text })],
  ['in JSON in JSON', (text) => JSON.stringify({ log: JSON.stringify({ msg: text }) })],
  ['URL encoded', (text) => `error=${encodeURIComponent(text)}`],
  [
    'HTML encoded',
    (text) => `<td>${text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')}</td>`,
  ],
  ['in upper case', (text) => text.toUpperCase()],
  ['in lower case', (text) => text.toLowerCase()],
  ['with other white space', (text) => text.replaceAll(' ', ' \t\u00a0 ')],
  ['coloured', (text) => `\u001b[31m${text}\u001b[0m`],
  ['behind a syslog header', (text) => `<11>Nov 24 06:15:11 host app[311]: ${text}`],
  ['before a stack trace', (text) => `${text}\n\tat com.example.Poller.run(Poller.java:42)`],
];

describe('the seed rows', () => {
  it('are all there', () => {
    expect(new Set(ROWS.map(([row]) => row))).toEqual(new Set(Array.from({ length: 36 }, (_, i) => i + 1)));
    const documented = matcher.catalog.entries.map((entry) => entry.source?.row).sort((a, b) => a! - b!);
    expect(documented).toEqual(Array.from({ length: 36 }, (_, i) => i + 1));
  });

  it.each(ROWS)('row %i of %s gives its entry, exactly: %s', (row, app, text) => {
    expect(rowOf(text, app)).toEqual({ row, confidence: 'exact' });
  });

  describe.each(WRAPPERS)('%s', (_, wrap) => {
    it.each(ROWS)('row %i of %s gives its entry', (row, app, text) => {
      expect(rowOf(wrap(text), app)?.row).toBe(row);
    });
  });

  it.each(ROWS.filter(([, app]) => app !== undefined))(
    'row %i of %s is never given to an app without entries',
    (row, _, text) => {
      expect(rowOf(text, 'GitHub')?.row).not.toBe(row);
    },
  );
});
