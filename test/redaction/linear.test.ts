import { describe, expect, it } from 'vitest';
import { createRedactor, DEFAULT_REDACTOR } from '../../src/redaction/redactor.ts';

const MIB = 1_048_576;
/** Linear work on 1 Mi characters takes a fraction of a second; quadratic work would take many minutes. */
const TIMEOUT_MS = 30_000;

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Texts made of a piece over and over: what a careless search would look at again and again. */
const PIECES = [
  'password=',
  'password="',
  "password='",
  'password=\\"',
  'password="is ',
  'token:"is token:\'is ',
  'token:[null ',
  'token:["null" ',
  'token:[',
  'token:\n',
  'token:\\n',
  'token: ',
  '"token":',
  'cookie: null ',
  'cookie: a="',
  'authorization: x ',
  'authorization: bearer ',
  'Bearer ',
  'basic ',
  'SSWS ',
  '"',
  '\\',
  '\\"',
  '\\\\\\"',
  "'",
  '=',
  ':',
  '@',
  'a@',
  'a@b.',
  'a.b@c.d1@',
  '://',
  'x://a:b',
  ':\\/',
  'eyJ',
  'eyJ.',
  'xoxb-',
  'ghp_',
  'AKIA',
  'AIza',
  '-',
  '--password ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN CERTIFICATE-----',
  '-----END PRIVATE KEY-----',
  '<',
  '<password>',
  '<password><!',
  '<password a="',
  '"value":',
  '"name":"x","value":',
  '","',
  '"cookie",',
  'token:***',
  'token: (',
  '%22password%22%3A',
  '&quot;password&quot;:',
  '\\u0022token\\u0022:\\u0022',
  '%25',
  '&amp;',
  '\u001b[0mtoken=',
  ' ',
  'a',
  '\u00e4=',
  BASE64,
];

describe('1 Mi characters are redacted in linear time', () => {
  it.each(PIECES.map((piece) => [JSON.stringify(piece), piece]))('%s', { timeout: TIMEOUT_MS }, (_, piece) => {
    const text = piece.repeat(Math.ceil(MIB / piece.length)).slice(0, MIB);
    expect(DEFAULT_REDACTOR.text(text).length).toBeGreaterThan(0);
  });

  it('one quoted value at each depth of escaping', { timeout: TIMEOUT_MS }, () => {
    const levels = Array.from({ length: 64 }, (_, level) => `token:${'\\'.repeat(level)}"is `).join('');
    const text = levels.repeat(Math.ceil(MIB / levels.length));
    expect(DEFAULT_REDACTOR.text(text).length).toBeGreaterThan(0);
  });

  it('with rules', { timeout: TIMEOUT_MS }, () => {
    const rules = ['a {text} b {text} c {text} d', 'a {id}', 'a a a a a a {text} z'];
    const redactor = createRedactor({ mode: 'on', emails: true, rules });
    expect(redactor.text('a '.repeat(MIB / 8)).length).toBeGreaterThan(0);
    expect(redactor.text('a b '.repeat(MIB / 16)).length).toBeGreaterThan(0);
  });
});
