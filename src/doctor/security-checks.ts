/** Encryption and login, as far as the settings tell. */
import type { Config } from '../config.ts';
import type { CertificateInfo } from '../credentials/tls-files.ts';
import { type Check, ok, problem, warning } from './check.ts';

const DAY_MS = 86_400_000;
/** Days: a certificate that ends sooner needs somebody now. */
const EXPIRY_WARNING_DAYS = 30;

export function checkLogin({ tls, sasl }: Config['kafka']): Check {
  const found = `${tls.enabled ? 'TLS' : 'no TLS'}, login: ${sasl.mechanism}`;
  const isClear =
    sasl.tokenEndpoint.startsWith('http://') && !/^http:\/\/(localhost|127\.|\[::1\])/.test(sasl.tokenEndpoint);
  if (isClear) {
    return warning('security', {
      found: `${found}, token endpoint without TLS`,
      consequence: 'Who listens on the way to the token endpoint reads the client secret.',
      mend: 'Use an https:// address in kafka.sasl.tokenEndpoint.',
    });
  }
  if (sasl.mechanism === 'off' || tls.enabled) return ok('security', found);
  const isReadable = sasl.mechanism === 'plain' || sasl.mechanism === 'oauthbearer';
  return warning('security', {
    found,
    consequence: `Who listens on the way to the brokers reads the records${isReadable ? ' and the secret of the login' : ''}.`,
    mend: 'Set kafka.tls.enabled to true and use the port of the brokers that speaks TLS.',
  });
}

export function checkCertificates(certificates: readonly CertificateInfo[], nowMs: number): Check[] {
  return certificates.map(({ file, subject, notAfter }) => {
    const what = `certificate ${file}`;
    const days = Math.floor((notAfter.getTime() - nowMs) / DAY_MS);
    const found = `${subject.replaceAll('\n', ', ')}, valid until ${notAfter.toISOString().slice(0, 10)}`;
    const mend = 'Renew it and replace the file: new connections use it without a restart.';
    if (days < 0) return problem(what, { found, consequence: 'TLS connections fail.', mend });
    if (days > EXPIRY_WARNING_DAYS) return ok(what, found);
    return warning(what, { found, consequence: `TLS connections fail in ${days} days.`, mend });
  });
}
