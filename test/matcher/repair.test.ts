/** What is given to messages that were cut or lost their blanks, and what is not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { compile } from '../../src/matcher/matcher.ts';

const matcher = compile(loadCatalog(BUNDLED_CATALOG));

function answer(app: string, message: string) {
  const found = matcher.classify(message, matcher.resolveApp(app));
  return found.kind === 'match' ? [found.match.entry.source?.row, found.match.confidence, found.repair] : undefined;
}

describe('a message cut at its end', () => {
  it.each<[app: string, message: string, row: number]>([
    ['Box', 'BoxRestException: Failed to parse respon', 6],
    ['Box', 'BoxRestException: Failed to parse resp…', 6],
    ['Box', 'BoxServerException: User cannot access this feature without having [truncated]', 8],
    ['Box', 'BoxServerException: Unauthorized - Cannot authorize wi… (truncated)', 9],
    ['Microsoft 365', 'java.net.SocketTimeoutException: Read time', 22],
    ['Microsoft 365', '{"msg":"java.lang.NullPointerExcepti..."}', 23],
    ['Slack', '{"ok":false,"error":"team_not_authorize', 30],
    ['Box', 'BoxRestException: Failed to parse resp [truncated 1200 of 1234 chars]"}', 6],
    ['Box', 'BoxRestException: Failed to parse resp <TRUNCATED>', 6],
    ['Box', 'BoxRestException: Failed to parse resp ( ... )', 6],
    ['Workday', '{"code":400,"serverResponse":{"statusCode":400,"body":"{\\"error\\":\\"invalid_gran...', 34],
  ])('%s: %s', (app, message, row) => {
    expect(answer(app, message)).toEqual([row, 'partial', 'cut-end']);
  });

  it.each<[why: string, app: string, message: string]>([
    ['the code is cut', 'Microsoft 365', '{"error":{"code":"AF2002'],
    ['the status is cut', 'ServiceNow', 'HttpRequestFailure: Server returned: 40'],
    ['the status is not there', 'ServiceNow', 'HttpRequestFailure: Server returned: ...'],
    ['too little is there', 'Box', 'BoxServerException: Unauthorized - Ca'],
    ['the name can go on in many ways', 'Workday', '{"code":400,"serverResponse":{"body":"{\\"error\\":\\"inva'],
    ['nothing says that it was cut', 'Salesforce', 'Caused by: java.net.SocketTimeoutException: Read'],
    ['it goes on in another way', 'Box', 'BoxRestException: Failed to parse responsibly'],
    ['it is another sentence', 'Box', 'User cannot access this feature.'],
  ])('is given nothing when %s', (_, app, message) => {
    expect(answer(app, message)).toBeUndefined();
  });
});

describe('a message cut at its start', () => {
  it.each<[app: string, message: string, row: number]>([
    ['Box', '…oxRestException: Failed to parse response.', 6],
    ['Google Workspace', 'okenResponseException: 400 Bad Request', 14],
    ['Exchange Online', '...ver returned: 401 Unauthorized', 10],
    ['Workday', '[...]de":403,"serverResponse":{"body":"{\\"error\\":\\"permission denied\\"}"}}', 33],
  ])('%s: %s', (app, message, row) => {
    expect(answer(app, message)).toEqual([row, 'partial', 'cut-start']);
  });

  it.each<[why: string, app: string, message: string]>([
    ['the first word is a word of its own', 'Okta', 'exception in thread main: cannot read'],
    ['the first word is the end of several', 'Okta', 'Failure: no such thing'],
    ['nothing says that it was cut', 'Google Workspace', 'se: 400 Bad Request'],
  ])('is given nothing when %s', (_, app, message) => {
    expect(answer(app, message)).toBeUndefined();
  });
});

describe('words without the blank between them', () => {
  it.each<[app: string, message: string, row: number]>([
    ['Okta', 'HttpRequestFailure: Server returned: 401Unauthorized', 15],
    ['Microsoft 365', 'java.net.SocketTimeoutException: Readtimed out', 22],
    ['Salesforce', 'NoHttpResponseException: na1.salesforce.com:443failed to respond', 29],
  ])('%s: %s', (app, message, row) => {
    expect(answer(app, message)?.[0]).toBe(row);
  });

  it.each<[app: string, message: string]>([
    ['Microsoft 365', 'code AF20012400'],
    ['Box', 'serviceTimeout'],
    ['AWS', 'NullPointerExceptionMapper'],
    ['Okta', 'UncheckedIOException: x'],
    ['Slack', 'org_team_not_authorized'],
  ])('%s: %s is something else', (app, message) => {
    expect(answer(app, message)).toBeUndefined();
  });
});

describe('any message', () => {
  it('is never given an entry only because it was cut: what is given to a part is given to the whole, or the whole is quoted', () => {
    const known = matcher.catalog.entries.flatMap((entry) =>
      entry.examples.match.map((text) => ({ app: entry.app, text })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.double({ min: 0.3, max: 1, noNaN: true }), ({ app, text }, share) => {
        const whole = answer(app, text);
        const cut = answer(app, text.slice(0, Math.ceil(text.length * share)));
        if (cut?.[2] === 'cut-end') expect(cut[0]).toBe(whole?.[0]);
      }),
      { numRuns: 3_000 },
    );
  });
});
