/** Secrets in the forms that logs show them in, and the wrappings that logs put around texts. */
import fc from 'fast-check';

/** Letters and digits, so that no wrapping changes them; with a digit, as every made token has. */
const secret = fc
  .string({
    unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'),
    minLength: 24,
    maxLength: 40,
  })
  .filter((text) => /\d/.test(text) && /[a-z][A-Z]/.test(text));

type Form = (secret: string) => string;

/** Each gives a text in which the secret is secret. */
export const FORMS: Readonly<Record<string, Form>> = {
  'Authorization Bearer': (s) => `Authorization: Bearer ${s}`,
  'Authorization Basic': (s) => `authorization: Basic ${Buffer.from(`svc:${s}`).toString('base64')} (${'x'})`,
  'Authorization Basic, plain': (s) => `Authorization: Basic ${s}`,
  'Authorization of another scheme': (s) => `Authorization: Zoho-oauthtoken ${s}`,
  'Authorization without a scheme': (s) => `Authorization: ${s}`,
  'Authorization Digest': (s) => `Authorization: Digest username="svc", realm="x", response="${s}"`,
  'Authorization as JSON': (s) => `{"Authorization":"Bearer ${s}","Accept":"*/*"}`,
  'a bare Bearer': (s) => `sent bearer ${s}, got 401`,
  'a listed header': (s) => `rawHeaders: ["Cookie","a=${s}","Accept","*/*"]`,
  client_secret: (s) => `client_id=ops&client_secret=${s}&grant_type=refresh_token`,
  refresh_token: (s) => `grant_type=refresh_token&refresh_token=${s}`,
  access_token: (s) => `GET https://api.acme.com/v1/users?access_token=${s}&page=2 failed`,
  id_token: (s) => `{id_token=${s}, expires_in=3600}`,
  'tokens in a list': (s) => `"tokens":["${s}","${s}"]`,
  'password as JSON': (s) => `{"user":"svc","password":"${s}","n":1}`,
  'password as JSON with blanks': (s) => `{ "password" : "two words ${s}" }`,
  'password of Python': (s) => `{'user': 'svc', 'passwd': '${s}'}`,
  'password of Ruby': (s) => `{"password"=>"${s}", "n"=>1}`,
  'password of PHP': (s) => `[password] => ${s}`,
  'password in logfmt': (s) => `level=error pwd=${s} status=401`,
  'password in quoted logfmt': (s) => `level=error password="it is ${s}" status=401`,
  'password in camel case': (s) => `dbPassword=${s}; Database=x`,
  'password with a number': (s) => `password2: ${s}`,
  'password on a command line': (s) => `sync --user svc --password ${s} --all`,
  'password in XML': (s) => `<login><user>svc</user><Password>${s}</Password></login>`,
  'password in XML with attributes': (s) => `<wsse:Password Type="PasswordText"><![CDATA[${s}]]></wsse:Password>`,
  'password in a named value': (s) => `{"name":"password","value":"${s}"}`,
  'password on the next line': (s) => `"password":\n  "${s}"`,
  'secret in prose': (s) => `Client Secret: ${s}`,
  'secret in several lines': (s) => `config:\n  user: svc\n  secret: ${s}\n  retries: 3`,
  api_key: (s) => `api_key=${s}`,
  apikey: (s) => `https://api.acme.com/v1?apikey=${s}`,
  'x-api-key': (s) => `X-Api-Key: ${s}`,
  'an AWS secret key': (s) => `aws_secret_access_key = ${s}/${s}`,
  'a storage key': (s) => `DefaultEndpointsProtocol=https;AccountKey=${s}==;EndpointSuffix=core`,
  'Cookie with several': (s) => `Cookie: theme=dark; sid=${s}; q="x y"`,
  'Set-Cookie': (s) => `Set-Cookie: id=${s}; Path=/; HttpOnly`,
  'a Slack token': (s) => `invalid_auth xoxb-${s.slice(0, 12)}-${s}`,
  SSWS: (s) => `Authorization: SSWS ${s}`,
  'a bare SSWS': (s) => `with SSWS ${s}`,
  'an AWS key id': (s) => `key AKIA${s.toUpperCase()} is disabled`,
  'a GitHub token': (s) => `git: ghp_${s} expired`,
  'a fine-grained GitHub token': (s) => `github_pat_${s}_${s}`,
  'a Google API key': (s) => `key AIza${s}${s.slice(0, 11)} not valid`,
  'a Google access token': (s) => `(ya29.${s})`,
  'a private key': (s) => `-----BEGIN RSA PRIVATE KEY-----\nMII${s}\n${s}==\n-----END RSA PRIVATE KEY-----\nrest`,
  'a private key without its end': (s) => `pem: -----BEGIN PRIVATE KEY-----\nMII${s}\n${s}`,
  'a JWT': (s) => `jwt eyJhbGciOiJIUzI1NiJ9.${s}.${s} refused`,
  'a SAS address': (s) => `https://acme.blob.core.windows.net/x?sv=2024&sig=${s}%3D&se=2027`,
  SharedAccessSignature: (s) => `SharedAccessSignature sr=acme&sig=${s}&se=1800&skn=root`,
  'a session in a path': (s) => `GET /app/start;jsessionid=${s} 500`,
  'a session in a query': (s) => `https://acme.com/x?sid=${s}&y=1`,
  'an OAuth code': (s) => `https://acme.com/callback?code=${s}&state=1`,
  'credentials in a URL': (s) => `cannot connect to postgres://svc:${s}@db.acme.com:5432/x`,
  'credentials in an escaped URL': (s) => `{"url":"https:\\/\\/svc:${s}@acme.com\\/x"}`,
  'credentials with a slash in a URL': (s) => `amqp://svc:a/${s}@acme.com/x`,
  'an e-mail address': (s) => `mailbox ${s}@acme.com not found.`,
  'an e-mail address with a name': (s) => `"Ann Lee" <ann.${s}+x@mail.acme.co.uk>`,
};

type Wrap = (text: string) => string;

const escapeHtml: Wrap = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const escapeUnicode: Wrap = (text) => text.replace(/["'=<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);

export const WRAPS: Readonly<Record<string, Wrap>> = {
  'as it is': (text) => text,
  'after prose': (text) => `2026-11-24 WARN request failed (attempt 3): ${text}`,
  'as JSON in JSON': (text) => JSON.stringify({ status: 401, body: text }),
  'as JSON in JSON in JSON': (text) => JSON.stringify({ body: JSON.stringify({ body: text }) }),
  'as JSON at four levels': (text) =>
    JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ c: JSON.stringify({ d: text }) }) }) }),
  'URL-encoded': (text) => `body=${encodeURIComponent(text)}`,
  'URL-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'as HTML': (text) => `<p>${escapeHtml(text)}</p>`,
  'with unicode escapes': escapeUnicode,
  'with a stack trace': (text) => `com.acme.AuthException: ${text}\n\tat com.acme.Client.send(Client.java:12)`,
  'behind a colour': (text) => `\u001b[31merror\u001b[0m ${text}\u001b[0m`,
  'after other characters': (text) => `Fehler „größer“ 失敗 \u{1f600} ${text}`,
};

export interface Planted {
  readonly form: string;
  readonly wrap: string;
  readonly secret: string;
  readonly text: string;
}

export function plant(form: string, wrap: string, value: string): Planted {
  return { form, wrap, secret: value, text: WRAPS[wrap]!(FORMS[form]!(value)) };
}

export const planted: fc.Arbitrary<Planted> = fc
  .tuple(fc.constantFrom(...Object.keys(FORMS)), fc.constantFrom(...Object.keys(WRAPS)), secret)
  .map(([form, wrap, value]) => plant(form, wrap, value));

/** Pieces of so many characters would help a reader guess the rest. */
const PIECE = 8;

/** A piece of the secret, plain or as base64, that stands in the output; undefined when there is none. */
export function leak({ secret: value, form }: Planted, output: string): string | undefined {
  const said = form === 'Authorization Basic' ? Buffer.from(`svc:${value}`).toString('base64') : value;
  const shown = form === 'an AWS key id' ? said.toUpperCase() : said;
  for (let at = 0; at + PIECE <= shown.length; at++) {
    const piece = shown.slice(at, at + PIECE);
    if (output.includes(piece)) return piece;
  }
  return undefined;
}
