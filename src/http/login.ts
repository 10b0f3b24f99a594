/** How a browser signs in: a form that takes the token once and gives a cookie. Served only where there is a token. */
import type { HttpAnswer, HttpRequest, Route } from './route.ts';
import { issueSession, setCookie } from './session.ts';
import { isSame } from './token.ts';

export interface LoginOptions {
  readonly token: () => string;
  readonly isTls: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const FORM = 'application/x-www-form-urlencoded';

export function loginRoutes({ token, isTls, now }: LoginOptions): Route[] {
  const signIn = ({ body }: HttpRequest): HttpAnswer => {
    const form = new URLSearchParams(body.toString('utf8'));
    const next = safePath(form.get('next'));
    if (!isSame(form.get('token')?.trim() ?? '', token())) return page(401, next, 'This is not the token.');
    return seeOther(next, { 'set-cookie': setCookie(issueSession(token(), now()), isTls) });
  };
  return [
    { method: 'GET', path: '/login', access: 'open', handle: ({ query }) => page(200, safePath(query.get('next'))) },
    { method: 'POST', path: '/login', access: 'open', contentType: FORM, maxBodyBytes: 4_096, handle: signIn },
    {
      method: 'POST',
      path: '/logout',
      access: 'open',
      contentType: FORM,
      maxBodyBytes: 1_024,
      handle: () => seeOther('/login', { 'set-cookie': setCookie(undefined, isTls) }),
    },
  ];
}

/** Leads a browser that asked for a page to the form, and back to the page afterwards. */
export function loginAnswer(target: string): HttpAnswer {
  return seeOther(`/login?next=${encodeURIComponent(target)}`, {});
}

/** Only to a path of this server, whatever the form says. */
function safePath(next: string | null): string {
  const base = 'http://here.invalid';
  const url = URL.parse(next ?? '/', base);
  if (url === null || url.origin !== base) return '/';
  // Resolved, `/.//other.example` begins with two slashes, after which browsers expect a host.
  return `${url.pathname.replace(/^\/+/, '/')}${url.search}`;
}

function seeOther(location: string, headers: Readonly<Record<string, string>>): HttpAnswer {
  return { status: 303, headers: { location, ...headers }, body: '' };
}

/** Without style or script of its own, so that it needs nothing that is guarded. */
function page(status: number, next: string, complaint?: string): HttpAnswer {
  const alert = complaint === undefined ? '' : `<p role="alert"><strong>${complaint}</strong></p>\n`;
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sign in – connector-triage</title>
</head>
<body>
<main>
<h1>connector-triage</h1>
${alert}<form method="post" action="/login">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<p><label for="token">Token</label><br>
<input id="token" name="token" type="password" size="40" required autofocus autocomplete="current-password" aria-describedby="hint"></p>
<p id="hint">The value of the setting http.token. You stay signed in for 12 hours.</p>
<p><button type="submit">Sign in</button></p>
</form>
</main>
</body>
</html>
`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
