/**
 * What a browser holds once it has signed in: an end of time, signed with the token. Nothing is kept here, so that
 * sessions need no memory, outlive a restart, hold at all instances with the same token, and end when the token changes.
 */
import { createHmac } from 'node:crypto';
import { isSame } from './token.ts';

export const SESSION_SECONDS = 43_200;

/** Over TLS the browser takes the cookie for this host and path only, and sends it encrypted only. */
export function sessionCookieName(isTls: boolean): string {
  return isTls ? '__Host-triage-session' : 'triage-session';
}

export function issueSession(token: string, nowMs: number): string {
  const endS = String(Math.floor(nowMs / 1000) + SESSION_SECONDS);
  return `${endS}.${signature(token, endS)}`;
}

export function isSessionValid(session: string, token: string, nowMs: number): boolean {
  const [endS = '', given = ''] = session.split('.', 2);
  return /^\d{1,12}$/.test(endS) && isSame(given, signature(token, endS)) && Number(endS) * 1000 > nowMs;
}

function signature(token: string, endS: string): string {
  return createHmac('sha256', token).update(`triage-session ${endS}`).digest('base64url');
}

/** The cookie with this name in a Cookie header. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  const prefix = `${name}=`;
  const pair = header?.split(';').find((each) => each.trim().startsWith(prefix));
  return pair?.trim().slice(prefix.length);
}

/** A Set-Cookie header. `session` undefined: the browser forgets it. */
export function setCookie(session: string | undefined, isTls: boolean): string {
  const age = session === undefined ? 0 : SESSION_SECONDS;
  const secure = isTls ? '; Secure' : '';
  return `${sessionCookieName(isTls)}=${session ?? ''}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${secure}`;
}
