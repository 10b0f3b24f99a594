import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/catalog/load.ts';
import { BUNDLED_CATALOG } from '../../src/config.ts';
import { createRedactor, DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';
import { movedSpan } from '../../src/redaction/span.ts';
import { FORMS, leak, plant, planted, WRAPS } from './secrets.ts';

const SECRET = 'Zq8vT3nLw0Xk5Rb2MnQ7pYe4';
const redact = DEFAULT_REDACTOR.text;

describe('a secret', () => {
  it.each(Object.keys(FORMS))('is taken out: %s, however it is wrapped', (form) => {
    const leaks = Object.keys(WRAPS)
      .map((wrap) => plant(form, wrap, SECRET))
      .filter((each) => leak(each, redact(each.text)) !== undefined)
      .map(({ wrap, text }) => `${wrap}: ${text} -> ${redact(text)}`);
    expect(leaks).toEqual([]);
  });

  it.each([
    ['Authorization: Bearer abcDEF123456, Accept: */*', 'Authorization: Bearer [redacted:bearer], Accept: */*'],
    ['sent Basic dXNlcjpwYXNzd29yZA== twice', 'sent Basic [redacted:basic] twice'],
    ['{"password":"hunter2","n":1}', '{"password":"[redacted:password]","n":1}'],
    [
      String.raw`{"body":"{\"token\":\"a\\\"b\",\"n\":1}"}`,
      String.raw`{"body":"{\"token\":\"[redacted:token]\",\"n\":1}"}`,
    ],
    ['user=bob password=hunter2 status=401', 'user=bob password=[redacted:password] status=401'],
    ['{password=ab,cd, user=bob}', '{password=[redacted:password], user=bob}'],
    ['Pwd=hunter2;Database=x', 'Pwd=[redacted:password];Database=x'],
    ['a=1&client_secret=x%2By&b=2', 'a=1&client_secret=[redacted:secret]&b=2'],
    ['https://bob:pw@acme.com:8080/x', 'https://[redacted:url-credentials]@acme.com:8080/x'],
    ['to ann.lee@acme.com.', 'to [redacted:email].'],
    ['Cookie: a=b; c="d e"\nHost: acme.com', 'Cookie: [redacted:cookie]\nHost: acme.com'],
    [
      "curl -H 'Authorization: Bearer abcDEF123456' https://x",
      "curl -H 'Authorization: Bearer [redacted:bearer]' https://x",
    ],
    ['<password>hunter2</password>', '<password>[redacted:password]</password>'],
  ])('is replaced, and nothing else: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('is still one when the message was cut in the middle of it', () => {
    expect(redact('{"password":"hunt')).toBe('{"password":"[redacted:password]');
    expect(redact('token eyJhbGciOiJIUzI1')).toBe('token [redacted:jwt]');
    expect(redact('mailbox ada.eyJhbGciOiJIUzI1@acme.com')).toBe('mailbox [redacted:email]');
    expect(redact('mailbox ada.eyJhbGciOiJIUzI1!x@acme.com')).toBe('mailbox [redacted:email]');
    expect(redact('abc\ndef==\n-----END PRIVATE KEY-----')).toBe('[redacted:private-key]');
  });
});

describe('what is no secret stays', () => {
  const catalog = loadCatalog(BUNDLED_CATALOG);
  const own = catalog.entries.flatMap((entry) => [
    ...entry.patterns.map(({ text }) => text),
    ...entry.examples.match,
    ...entry.examples.noMatch,
    entry.description,
    entry.resolution.summary,
    ...entry.resolution.steps,
  ]);

  it('in every text of the catalog', () => {
    expect(own.length).toBeGreaterThan(300);
    expect(own.filter((text) => redact(text) !== text)).toEqual([]);
  });

  it.each([
    'AADSTS70008: The provided authorization code or refresh token is expired.\r\nTrace ID: 00aa11bb-22cc-33dd-44ee-55ff66778899\r\nCorrelation ID: 99887766-55ff-44ee-33dd-22cc11bb00aa',
    'AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value.',
    'request-id: fda9988c-79fc-3552-6f7e-aed46725a2a7, x-ms-correlation-id=fda9988c79fc35526f7eaed46725a2a7',
    'password must be at least 8 characters',
    'Invalid password: must contain a digit',
    '{"errors":{"password":"must be at least 8 characters","token":"is required"}}',
    'token expired',
    'token: expired',
    'Refresh token: { "code" : 400 }',
    'cannot fetch token: 400 Bad Request',
    '{"token":null,"password":"","secret":true}',
    'WWW-Authenticate: Bearer realm="Service", error="insufficient_scope"',
    'Bearer realm="x"',
    'WWW-Authenticate: Basic realm="api"',
    'Basic authentication failed',
    'Bearer token-based authentication is required',
    '{"token_type":"Bearer","expires_in":3600}',
    "SyntaxError: Unexpected token: '<'",
    'OAuth2 authorization: flow failed for service Azure',
    'nextPageToken=CAUQAA12345678',
    'max_tokens: 4096',
    'session: closed',
    'code=AF20012&x=1',
    'https://graph.microsoft.com:443/v1.0/users/a@b',
    'com.acme.Bar@1a2b3c4d, lodash@4.17.21',
    'java.lang.IllegalStateException: token\n\tat com.acme.Token.parse(Token.java:12)',
    'host eu12.salesforce.com:443 (10.0.0.7) did not answer',
    'tenant contoso.onmicrosoft.com, application 00000003-0000-0000-c000-000000000000',
    'password=****** user=bob',
    'PWD=/srv/app',
    '-----BEGIN CERTIFICATE-----\nMIIabc\n-----END CERTIFICATE-----',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('in real messages of connectors', () => {
    const messages = readFileSync(new URL('../../deploy/compose/demo/events.ndjson', import.meta.url), 'utf8')
      .trim()
      .split('\n')
      .map((line) => String(JSON.parse(line).message ?? ''));
    const changed = messages.filter((text) => redact(text) !== text);
    expect(changed.filter((text) => !/@|[Bb]earer|password|secret|token/.test(text))).toEqual([]);
  });
});

describe('the places of secrets', () => {
  it('lead from the original text to the redacted one', () => {
    const text = 'a password=hunter2 b token=abcdef12 rest';
    const redacted = DEFAULT_REDACTOR.redact(text);
    const shown = (part: string) => {
      const { start, end } = movedSpan(redacted, { start: text.indexOf(part), end: text.indexOf(part) + part.length });
      return redacted.text.slice(start, end);
    };
    expect(shown('a password')).toBe('a password');
    expect(shown('b token')).toBe('b token');
    expect(shown('rest')).toBe('rest');
    expect(shown('nter')).toBe('[redacted:password]');
    expect(shown('hunter2 b token=abc')).toBe('[redacted:password] b token=[redacted:token]');
  });

  it('keep whatever is around them, for any text', () => {
    fc.assert(
      fc.property(planted, fc.string(), ({ text }, rest) => {
        const whole = `${rest}\n${text}`;
        const redacted = DEFAULT_REDACTOR.redact(whole);
        let at = 0;
        for (const { start, end } of redacted.secrets) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThan(start);
          const moved = movedSpan(redacted, { start: at, end: start });
          if (start > at) expect(redacted.text.slice(moved.start, moved.end)).toBe(whole.slice(at, start));
          at = end;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are none in a redacted text', () => {
    fc.assert(
      fc.property(planted, ({ text }) => {
        const once = redact(text);
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a JSON value', () => {
  const value = (given: unknown) => DEFAULT_REDACTOR.value(given);

  it('loses what stands under the name of a secret, at any depth', () => {
    expect(value({ a: [{ clientSecret: 'x y' }], token: { value: 'abc', n: 12345 }, ok: 'fine' })).toEqual({
      a: [{ clientSecret: '[redacted:secret]' }],
      token: { value: '[redacted:token]', n: '[redacted:token]' },
      ok: 'fine',
    });
  });

  it('loses named values and listed headers', () => {
    expect(value([{ name: 'password', value: 'x y' }, ['Cookie', 'a=b', 'Accept', 'json']])).toEqual([
      { name: 'password', value: '[redacted:password]' },
      ['Cookie', '[redacted:cookie]', 'Accept', 'json'],
    ]);
  });

  it('loses secrets in names, without losing a field', () => {
    expect(value({ 'a@acme.com': 1, 'b@acme.com': 2 })).toEqual({ '[redacted:email]': 1, '[redacted:email] 2': 2 });
  });

  it('keeps __proto__ as a plain name', () => {
    const safe = value(JSON.parse('{"__proto__":{"password":"hunter2"},"mail":"a@acme.com"}'));
    expect(JSON.stringify(safe)).toBe('{"__proto__":{"password":"[redacted:password]"},"mail":"[redacted:email]"}');
  });

  it('loses what is nested deeper than 200 levels, unread', () => {
    const nested = (depth: number, inner: string) =>
      JSON.parse('[{"a":'.repeat(depth / 2) + inner + '}]'.repeat(depth / 2));
    expect(value(nested(200, '"token=abcdef"'))).toEqual(nested(200, '"token=[redacted:token]"'));
    expect(value(nested(200, '["token=abcdef"]'))).toEqual(nested(200, '"[redacted:too-deep]"'));
    expect(value({ password: nested(200, '"x y"') })).toEqual({ password: nested(198, '["[redacted:too-deep]"]') });
  });

  it('is the same object when there is nothing to hide', () => {
    const clean = { a: [1, 'x', { password: null, token: 'expired' }] };
    expect(value(clean)).toBe(clean);
  });
});

describe('the settings', () => {
  it('leave e-mail addresses in when told so', () => {
    const redactor = createRedactor({ mode: 'on', emails: false, rules: [] });
    expect(redactor.text('ann@acme.com password=hunter2')).toBe('ann@acme.com password=[redacted:password]');
    expect(redactor.text('https://ann:pw@acme.com')).toBe('https://[redacted:url-credentials]@acme.com');
  });

  it('switch everything off when told so', () => {
    const redactor = createRedactor({ mode: 'off', emails: true, rules: ['ticket {id}'] });
    const text = 'password=hunter2 ticket A-1';
    expect([redactor.text(text), redactor.redact(text).secrets]).toEqual([text, []]);
  });
});
