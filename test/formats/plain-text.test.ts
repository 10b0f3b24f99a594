import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { plainText } from '../../src/formats/plain-text.ts';
import { eventIn, letterIn, OPTIONS, recordOf } from './support.ts';

const decode = (text: string) => plainText(OPTIONS).decode(recordOf(Buffer.from(text)));

describe('a line of text', () => {
  it.each([
    // https://www.rfc-editor.org/rfc/rfc5424#section-6.5, example 1 with severity 2 of facility 4
    [
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed",
      'fatal',
      '2003-10-11T22:14:15.003Z',
    ],
    // The same, example 4: severity 5 of facility 20
    [
      '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 - An application event',
      'info',
      '2003-10-11T22:14:15.003Z',
    ],
    ['2024-05-01 10:00:00,123 ERROR [main] poll failed', 'error', '2024-05-01T10:00:00.123Z'],
    ['INFO user=x level=admin signed in', 'info', undefined],
    ['[2024-05-01T10:00:00+02:00] WARN poll failed', 'warn', '2024-05-01T08:00:00Z'],
    ['time=x level=warning msg="poll failed"', 'warn', undefined],
    ['INFO did not see an ERROR', 'info', undefined],
    ['an error in small letters is any word', undefined, undefined],
  ])('%s', (line, severity, time) => {
    const event = eventIn(decode(line));
    expect(event).toMatchObject({ message: line, severity });
    expect(event.timestampMs).toBe(time === undefined ? undefined : Date.parse(time));
  });

  it('that names no zone has its time in UTC, wherever this runs', () => {
    vi.stubEnv('TZ', 'America/New_York');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(new Date(0).getTimezoneOffset()).not.toBe(0);
    for (const time of ['2024-05-01 10:00:00,123', '2024-05-01T10:00:00.123', '2024-05-01T12:00:00.123+02:00']) {
      expect(eventIn(decode(`${time} ERROR x`)).timestampMs).toBe(Date.parse('2024-05-01T10:00:00.123Z'));
    }
  });

  it('is the whole value, with the stack trace below it, without the end of the line', () => {
    expect(eventIn(decode('\ufeffE: x\r\n\tat A.b\r\n')).message).toBe('E: x\r\n\tat A.b');
  });

  it('is set aside when there is nothing in it', () => {
    expect(letterIn(decode(' \n'))).toMatchObject({ reason: 'missing-message', stage: 'decode' });
    expect(letterIn(decode('')).reason).toBe('empty-value');
    expect(letterIn(decode('x'.repeat(OPTIONS.maxBytes + 1))).reason).toBe('record-too-large');
    expect(plainText(OPTIONS).decode(recordOf(null))).toEqual({ kind: 'tombstone' });
  });
});
