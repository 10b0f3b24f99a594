/** Which addresses and names are this machine only. */
import { isIPv4, isIPv6 } from 'node:net';

/** `host`: an address or name, IPv6 with or without brackets. A name other than `localhost` may be anywhere. */
export function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (isIPv4(bare)) return bare.startsWith('127.');
  if (isIPv6(bare)) return bare === '::1' || bare.startsWith('::ffff:127.');
  return bare === 'localhost';
}

/**
 * The host of a Host header without its port, in lower case; undefined where the header is none.
 * Reading it as an address does away with the other ways to write one (`0x7f.1`).
 */
export function hostnameOf(header: string | undefined): string | undefined {
  const url = URL.parse(`http://${header ?? ''}`);
  if (url === null || url.pathname !== '/' || url.username !== '') return undefined;
  return url.hostname;
}

/** What is said of another address while nobody has to sign in. */
export const SIGN_IN_NEEDED =
  'expected 127.0.0.1, ::1 or localhost while nobody has to sign in: for another address set http.tokenFile (TRIAGE_HTTP_TOKEN_FILE) or http.token, or http.tls.clientCaFile for client certificates';
