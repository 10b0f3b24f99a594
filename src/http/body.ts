/** The body of a request, within its bounds. */
import type { IncomingMessage } from 'node:http';
import { HttpProblem } from './route.ts';

/** After these the connection ends: what is left of the body is not read. */
const LAST = { connection: 'close' } as const;

/** @throws {HttpProblem} 413 when it is larger, 400 when it ends early. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new HttpProblem(413, `the body is larger than ${maxBytes} bytes`, LAST);
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(tooLarge());
      return;
    }
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > maxBytes) {
        request.pause();
        reject(tooLarge());
      } else parts.push(part);
    });
    request.once('end', () => resolve(Buffer.concat(parts)));
    request.once('close', () => reject(new HttpProblem(400, 'the body ended early', LAST)));
    request.once('error', () => reject(new HttpProblem(400, 'the body ended early', LAST)));
  });
}

/** @throws {HttpProblem} 415. */
export function requireType(request: IncomingMessage, expected: string): void {
  const given = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (given === expected) return;
  throw new HttpProblem(415, `expected content-type: ${expected}`, LAST);
}

/** @throws {HttpProblem} 413: a GET has no body here. */
export function requireNoBody({ headers }: IncomingMessage): void {
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return;
  throw new HttpProblem(413, 'only a POST may have a body', LAST);
}
