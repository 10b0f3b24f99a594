/** When the certificates in use end: always in the metrics, and in the log when one has ended. */
import type { Config } from './config.ts';
import type { CertificateInfo, ChangeLog, TlsFiles } from './credentials/tls-files.ts';
import { registryTls } from './registry.ts';
import type { Logger } from './telemetry/logger.ts';
import type { CertificateEnd } from './telemetry/metrics.ts';

/** Changed files are in the metrics after so long at the latest. */
const CHECK_MS = 60_000;

export interface CertificateWatchOptions {
  readonly config: Pick<Config, 'registry'>;
  /** Undefined where TLS is off. */
  readonly kafka: TlsFiles | undefined;
  readonly http: TlsFiles | undefined;
  readonly metrics: { setCertificateEnd(end: CertificateEnd): void };
  readonly logger: Pick<Logger, 'error'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Use = CertificateEnd['use'];

export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  readonly #uses: readonly (readonly [Use, TlsFiles | undefined])[];
  /** Of each use and kind, the end that was told. */
  readonly #told = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @throws {TriageError} `usage`, naming a file of the registry that cannot be read or used. */
  constructor(options: CertificateWatchOptions) {
    const { config, kafka, http } = options;
    this.#options = options;
    this.#uses = [
      ['kafka', kafka],
      ['registry', registryTls(config.registry, QUIET)],
      ['http', http],
    ];
  }

  /** Looks at once, then every minute. */
  start(): void {
    this.#check();
    this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    for (const [use, files] of this.#uses) {
      for (const certificate of files?.certificates() ?? []) this.#tell(use, certificate);
    }
  }

  #tell(use: Use, { role, file, subject, notAfter }: CertificateInfo): void {
    const { metrics, logger, now } = this.#options;
    const kind = kindOf(use, role);
    const endsAtMs = notAfter.getTime();
    metrics.setCertificateEnd({ use, kind, endsAtMs });
    const key = `${use} ${kind}`;
    if (endsAtMs > now() || this.#told.get(key) === endsAtMs) return;
    this.#told.set(key, endsAtMs);
    const fields = { event: 'certificate-expired', use, kind, file, subject, until: notAfter.toISOString() };
    logger.error(fields, 'a certificate has ended: connections that need it fail until its file is replaced');
  }
}

/** Whoever opens the connections tells of changed files. */
const QUIET: ChangeLog = { info: () => undefined, warn: () => undefined };

function kindOf(use: Use, role: CertificateInfo['role']): CertificateEnd['kind'] {
  if (role === 'authority') return 'ca';
  return use === 'http' ? 'server' : 'client';
}
