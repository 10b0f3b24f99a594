/** Who may ask what, from where. */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { hostnameOf, isThisMachine } from './loopback.ts';
import { type Access, HttpProblem } from './route.ts';
import { cookieIn, isSessionValid, sessionCookieName } from './session.ts';
import { isSame } from './token.ts';

/** How a client proves that it may see what is guarded; either way suffices. Neither: only this machine may ask. */
export interface SignIn {
  /** Gives the token as it is now. */
  readonly token?: (() => string) | undefined;
  /** Whether a client certificate of the authority in `tls` signs in. */
  readonly clientCertificates: boolean;
}

export class Guard {
  readonly #signIn: SignIn;
  readonly #now: () => number;

  /** `now`: milliseconds since 1970. */
  constructor(signIn: SignIn, now: () => number) {
    this.#signIn = signIn;
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#signIn.token === undefined && !this.#signIn.clientCertificates;
  }

  /** @throws {HttpProblem} 403 for a request that another site's page may have sent, 401 for who is not signed in. */
  check(request: IncomingMessage, access: Access): void {
    if (access === 'probe') return;
    if (this.isOpen) requireThisMachine(request);
    requireOwnPage(request);
    if (access === 'guarded' && !this.isSignedIn(request)) throw this.#stranger();
  }

  isSignedIn(request: IncomingMessage): boolean {
    if (this.isOpen) return true;
    const { socket, headers } = request;
    if (this.#signIn.clientCertificates && socket instanceof TLSSocket && socket.authorized) return true;
    const token = this.#signIn.token?.();
    if (token === undefined) return false;
    const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return isSame(bearer, token);
    const session = cookieIn(headers.cookie, sessionCookieName(socket instanceof TLSSocket));
    return session !== undefined && isSessionValid(session, token, this.#now());
  }

  #stranger(): HttpProblem {
    if (this.#signIn.token === undefined) {
      return new HttpProblem(
        401,
        'sign in with a client certificate that the authority in http.tls.clientCaFile issued',
      );
    }
    const also = this.#signIn.clientCertificates ? ', or a client certificate' : '';
    const sentence = `sign in with the header "authorization: Bearer <http.token>"${also}; browsers at /login`;
    return new HttpProblem(401, sentence, { 'www-authenticate': 'Bearer realm="triage"' });
  }
}

/** Else the page of a stranger, whose name was made to point to this machine, could read everything (DNS rebinding). */
function requireThisMachine({ headers }: IncomingMessage): void {
  const host = hostnameOf(headers.host);
  if (host !== undefined && isThisMachine(host)) return;
  throw new HttpProblem(403, 'without http.token only the names localhost, 127.0.0.1 and [::1] are answered');
}

/**
 * Browsers say which site a request comes from. A link from elsewhere may lead here; what a foreign page sends or loads by
 * itself is refused. Programs say nothing of the kind and pass.
 */
function requireOwnPage({ method, headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'];
  const isLink = method !== 'POST' && headers['sec-fetch-mode'] === 'navigate';
  if (isLink) return;
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
  } else if (headers.origin === undefined || URL.parse(headers.origin)?.host === headers.host?.toLowerCase()) {
    return;
  }
  throw new HttpProblem(403, 'requests from pages of other sites are refused');
}
