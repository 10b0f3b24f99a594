import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CertificateWatch, type CertificateWatchOptions } from '../src/certificates.ts';
import { configWith } from '../src/config.ts';
import { TlsFiles } from '../src/credentials/tls-files.ts';
import type { CertificateEnd } from '../src/telemetry/metrics.ts';
import { createAuthority, issue } from './local-kafka/certificates.ts';
import { RecordingLogger } from './transport/recording-logger.ts';

const folder = mkdtempSync(join(tmpdir(), 'triage-certificates-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
const NAMES = { caFile: 'ca', certFile: 'cert', keyFile: 'key' };
const authority = createAuthority('a');

function endOf(certificate: string): number {
  return Date.parse(new X509Certificate(certificate).validTo);
}

function fileOf(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function own(name: string, days: number) {
  return issue(authority, { name, days: [-30, days] });
}

/** Files with this certificate, its key and its authority. */
function filesWith(name: string, days: number): { tls: TlsFiles; endsAtMs: number; replace: (days: number) => number } {
  const paths = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}-key.pem`) };
  const replace = (until: number) => {
    const { certificate, key } = own(name, until);
    writeFileSync(paths.certFile, certificate);
    writeFileSync(paths.keyFile, key);
    return endOf(certificate);
  };
  const endsAtMs = replace(days);
  const caFile = fileOf('ca.pem', authority.certificate);
  return { tls: new TlsFiles({ names: NAMES, caFile, ...paths, logger: new RecordingLogger() }), endsAtMs, replace };
}

function watching(options: Partial<CertificateWatchOptions>) {
  const ends = new Map<string, number>();
  const logger = new RecordingLogger();
  const watch = new CertificateWatch({
    config: configWith({}),
    kafka: undefined,
    http: undefined,
    metrics: {
      setCertificateEnd: ({ use, kind, endsAtMs }: CertificateEnd) => void ends.set(`${use} ${kind}`, endsAtMs),
    },
    logger,
    now: () => NOW_MS,
    ...options,
  });
  watch.start();
  return { ends, logger, watch };
}

test('each file that is set has its end in the metrics, by what it is for', () => {
  const [kafka, http] = [filesWith('kafka', 60), filesWith('http', 90)];
  const caFile = fileOf('registry-ca.pem', authority.certificate);
  const config = configWith({ registry: { url: 'https://registry.example.com', tls: { caFile } } });
  const { ends, logger } = watching({ config, kafka: kafka.tls, http: http.tls });
  const ca = endOf(authority.certificate);
  expect(Object.fromEntries(ends)).toEqual({
    'kafka ca': ca,
    'kafka client': kafka.endsAtMs,
    'registry ca': ca,
    'http ca': ca,
    'http server': http.endsAtMs,
  });
  expect(logger.lines).toEqual([]);
});

test('without TLS, and for a registry without it, there is nothing to tell', () => {
  const config = configWith({ registry: { url: 'http://registry.example.com' } });
  const { ends } = watching({ config });
  expect(ends.size).toBe(0);
});

test('a replaced file is in the metrics within a minute, and not any more after a close', () => {
  const kafka = filesWith('renewed', 5);
  const { ends, watch } = watching({ kafka: kafka.tls });
  const renewed = kafka.replace(200);
  vi.advanceTimersByTime(60_000);
  expect(ends.get('kafka client')).toBe(renewed);
  watch.close();
  kafka.replace(300);
  vi.advanceTimersByTime(600_000);
  expect(ends.get('kafka client')).toBe(renewed);
});

test('a certificate that ends is told once, and so is the next one that has ended', () => {
  const kafka = filesWith('ending', 3);
  let nowMs = NOW_MS;
  const { logger } = watching({ kafka: kafka.tls, now: () => nowMs });
  const told = () => logger.lines.map(({ level, fields }) => [level, fields]);
  expect(told()).toEqual([]);
  nowMs += 4 * DAY_MS;
  vi.advanceTimersByTime(180_000);
  const line = {
    event: 'certificate-expired',
    use: 'kafka',
    kind: 'client',
    file: join(folder, 'ending.pem'),
    subject: 'CN=ending',
    until: new Date(kafka.endsAtMs).toISOString(),
  };
  expect(told()).toEqual([['error', line]]);
  kafka.replace(100);
  vi.advanceTimersByTime(180_000);
  expect(told()).toHaveLength(1);
  const ended = kafka.replace(1);
  vi.advanceTimersByTime(180_000);
  expect(told()).toEqual([
    ['error', line],
    ['error', { ...line, until: new Date(ended).toISOString() }],
  ]);
});
