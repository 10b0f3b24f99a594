/** How HTTP is served, out of the settings: who may ask, TLS, limits. */
import type { Config } from './config.ts';
import { type ChangeLog, TlsFiles } from './credentials/tls-files.ts';
import { secretReader } from './credentials/watched-file.ts';
import { isThisMachine } from './http/loopback.ts';
import type { HttpOptions } from './http/server.ts';
import { tokenSource } from './http/token.ts';

const TLS_NAMES = { caFile: 'http.tls.clientCaFile', certFile: 'http.tls.certFile', keyFile: 'http.tls.keyFile' };

/** @throws {TriageError} `usage`, naming a file that cannot be read or holds something else than expected. */
export function httpOptions(
  { host, port, token, tokenFile, tls, requestsPerSecond }: Config['http'],
  logger: ChangeLog,
): Pick<HttpOptions, 'host' | 'port' | 'signIn' | 'tls' | 'limits'> {
  const setting = tokenFile === '' ? 'http.token' : 'http.tokenFile';
  const secret = secretReader({ value: token, file: tokenFile }, 'http.token');
  const isTls = tls.certFile !== '';
  if (!isTls && !isThisMachine(host)) {
    const fields = { event: 'http-not-encrypted', host };
    logger.warn(fields, 'the token and all data go over the network in the clear: set http.tls.certFile and keyFile');
  }
  return {
    host,
    port,
    signIn: {
      token: token === '' && tokenFile === '' ? undefined : tokenSource(secret, setting, logger),
      clientCertificates: tls.clientCaFile !== '',
    },
    tls: isTls
      ? new TlsFiles({
          names: TLS_NAMES,
          caFile: tls.clientCaFile,
          certFile: tls.certFile,
          keyFile: tls.keyFile,
          logger,
        })
      : undefined,
    limits: { requestsPerSecond },
  };
}
