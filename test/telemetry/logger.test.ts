import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';
import { collector } from './collector.ts';

describe('a log line', () => {
  it('is one JSON object, without secrets in message, fields, bindings and errors', () => {
    const { stream, take } = collector();
    const logger = createLogger({ level: 'info', format: 'json', destination: stream });
    const error = new Error('login of ann@acme.com failed: {"password":"hunter2"}');
    logger.child({ token: 'abc' }).error({ err: error, list: ['Bearer abcDEF123456'] }, 'with secret=%s', 'hunter2');
    const line = take();
    expect(line).toMatch(/^\{[^\n]*\}\n$/);
    expect(line).not.toMatch(/hunter2|ann@|abcDEF/);
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      token: '[redacted:token]',
      list: ['Bearer [redacted:bearer]'],
      msg: 'with secret=[redacted:secret]',
    });
  });

  it('is left as it is when there is nothing to hide', () => {
    const { stream, take } = collector();
    createLogger({ level: 'info', format: 'json', destination: stream }).info({ at: 'in:2:7' }, 'started');
    expect(take()).toMatch(/^\{"level":"info","time":"[^"]+","at":"in:2:7","msg":"started"\}\n$/);
  });

  it('follows the settings', () => {
    const { stream, take } = collector();
    const base = { level: 'info', format: 'json', destination: stream } as const;
    createLogger({ ...base, redaction: { mode: 'off', emails: true, rules: [] } }).info('secret=hunter2');
    expect(take()).toContain('secret=hunter2');
    createLogger({ ...base, redaction: { mode: 'on', emails: true, rules: ['ticket {id}'] } }).info('ticket A-1');
    expect(take()).toContain('ticket [redacted:custom]');
  });
});
