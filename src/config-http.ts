/** The settings of HTTP: a part of the schema in config.ts. An empty text means: not set. */
import { z } from 'zod';
import { HTTP_LIMITS } from './http/limits.ts';
import { isThisMachine, SIGN_IN_NEEDED } from './http/loopback.ts';
import { TOKEN_PATTERN, TOKEN_RULE } from './http/token.ts';

const optional = z.string().max(4_096).default('');

export const httpSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta({ flag: 'http-host' })
      .describe(
        'Address of /metrics, the probes and the page. An address that other machines can reach needs a token or client certificates.',
      ),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(9464)
      .meta({ flag: 'http-port' })
      .describe('0 takes a free port; the log names it.'),
    token: optional
      .meta({ secret: true })
      .describe(
        `What signs in for everything but the probes, as "authorization: Bearer" or at /login: ${TOKEN_RULE}. Not set: nobody has to, and only this machine is answered.`,
      ),
    tokenFile: optional.describe('File with the token, read again when it changes.'),
    tls: z
      .strictObject({
        certFile: optional.describe('Certificate with its chain, PEM. Set: HTTPS in place of HTTP.'),
        keyFile: optional.describe('Private key of the certificate, PEM, without a passphrase.'),
        clientCaFile: optional.describe(
          'Authority whose client certificates sign in, PEM; beside the token, or in place of it.',
        ),
      })
      .prefault({}),
    requestsPerSecond: z
      .int()
      .min(1)
      .max(100_000)
      .default(HTTP_LIMITS.requestsPerSecond)
      .describe(
        'Of one client address; more are answered with 429. Probes do not count. Behind a proxy all clients have one address.',
      ),
  })
  .superRefine((http, context) => {
    for (const { path, message } of httpProblems(http)) context.addIssue({ code: 'custom', path: [...path], message });
  });

type HttpSettings = Readonly<
  Record<'host' | 'token' | 'tokenFile', string> & {
    tls: Readonly<Record<'certFile' | 'keyFile' | 'clientCaFile', string>>;
  }
>;

interface Found {
  readonly path: readonly string[];
  readonly message: string;
}

/** What does not fit together, with the path below `http`. */
function httpProblems({ host, token, tokenFile, tls }: HttpSettings): Found[] {
  const found: Found[] = [];
  if (token !== '' && tokenFile !== '') {
    found.push({ path: ['tokenFile'], message: 'expected only one of http.token and http.tokenFile' });
  } else if (token !== '' && !TOKEN_PATTERN.test(token)) {
    found.push({ path: ['token'], message: `expected ${TOKEN_RULE}` });
  }
  if ((tls.certFile === '') !== (tls.keyFile === '')) {
    const missing = tls.certFile === '' ? 'certFile' : 'keyFile';
    found.push({ path: ['tls', missing], message: 'expected http.tls.certFile and http.tls.keyFile together' });
  } else if (tls.clientCaFile !== '' && tls.certFile === '') {
    const message = 'expected http.tls.certFile and http.tls.keyFile with it: without TLS nobody shows a certificate';
    found.push({ path: ['tls', 'clientCaFile'], message });
  }
  const needsSignIn = token !== '' || tokenFile !== '' || tls.clientCaFile !== '';
  if (!needsSignIn && host !== '' && !isThisMachine(host)) found.push({ path: ['host'], message: SIGN_IN_NEEDED });
  return found;
}
