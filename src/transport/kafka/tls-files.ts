import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { messageOf, TriageError } from '../../errors.ts';
import type { TransportLogger } from '../log.ts';
import { WatchedFile } from './watched-file.ts';

export interface TlsOptions {
  /** PEM. Absent: the authorities that come with Node. */
  readonly caFile?: string | undefined;
  /** PEM, with `keyFile`, for brokers that ask for a client certificate. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Of the private key; read with each change of the files. */
  readonly keyPassphrase?: (() => string) | undefined;
  /** Name that the certificates must have. Absent: the host by which the broker is reached. */
  readonly serverName?: string | undefined;
  readonly logger: TransportLogger;
}

/** A certificate in use. `file` says where it came from. */
export interface CertificateInfo {
  readonly file: string;
  readonly subject: string;
  readonly notAfter: Date;
}

interface Material {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly passphrase: string | undefined;
}

/**
 * What is needed to open TLS connections, out of files that may be replaced while running: the next connection uses the
 * new ones. Files that do not fit (a certificate was replaced and its key not yet) leave the last ones in use.
 */
export class TlsFiles {
  readonly serverName: string | undefined;
  readonly #options: TlsOptions;
  readonly #ca: WatchedFile | undefined;
  readonly #cert: WatchedFile | undefined;
  readonly #key: WatchedFile | undefined;
  #material: Material;
  #context: tls.SecureContext;
  #complaint: string | undefined;

  /** @throws {TriageError} `usage`, naming the file that cannot be used and why. */
  constructor(options: TlsOptions) {
    this.#options = options;
    this.serverName = options.serverName;
    this.#ca = watched(options.caFile, 'kafka.tls.caFile');
    this.#cert = watched(options.certFile, 'kafka.tls.certFile');
    this.#key = watched(options.keyFile, 'kafka.tls.keyFile');
    this.#material = this.#read();
    this.#context = createContext(this.#material, options);
  }

  context(): tls.SecureContext {
    try {
      const material = this.#read();
      if (!equal(material, this.#material)) {
        this.#context = createContext(material, this.#options);
        this.#material = material;
        this.#options.logger.info({ files: this.#files() }, 'changed TLS files are used for new connections');
      }
      this.#complaint = undefined;
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== this.#complaint) {
        this.#options.logger.warn({ reason }, 'changed TLS files cannot be used: the ones before stay in use');
      }
      this.#complaint = reason;
    }
    return this.#context;
  }

  /** The first certificate of each file in use. */
  certificates(): CertificateInfo[] {
    return [this.#ca, this.#cert].flatMap((file) => {
      if (file === undefined) return [];
      const [first] = certificatesIn(file.read());
      if (first === undefined) return [];
      return [{ file: file.path, subject: first.subject, notAfter: new Date(first.validTo) }];
    });
  }

  #read(): Material {
    return {
      ca: this.#ca?.read(),
      cert: this.#cert?.read(),
      key: this.#key?.read(),
      passphrase: this.#options.keyPassphrase?.() || undefined,
    };
  }

  #files(): string[] {
    return [this.#ca, this.#cert, this.#key].flatMap((file) => (file === undefined ? [] : [file.path]));
  }
}

function watched(path: string | undefined, setting: string): WatchedFile | undefined {
  return path === undefined || path === '' ? undefined : new WatchedFile(path, setting);
}

/** By identity: `WatchedFile` gives the same buffer until the file changes. */
function equal(a: Material, b: Material): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key && a.passphrase === b.passphrase;
}

function createContext(material: Material, { caFile, certFile, keyFile }: TlsOptions): tls.SecureContext {
  const { ca, cert, key, passphrase } = material;
  // OpenSSL passes over what is no certificate, and then trusts nobody.
  if (ca !== undefined) requireCertificates(ca, caFile ?? '', 'kafka.tls.caFile');
  if (cert !== undefined) requireCertificates(cert, certFile ?? '', 'kafka.tls.certFile');
  try {
    return tls.createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch (error) {
    const { mend } = KEY_PROBLEMS.find(({ pattern }) => pattern.test(messageOf(error))) ?? {
      mend: 'expected a private key in PEM (-----BEGIN PRIVATE KEY-----)',
    };
    const what = `kafka.tls.keyFile: ${keyFile} cannot be used with ${certFile}`;
    throw new TriageError('usage', `${what}: ${messageOf(error)}; ${mend}`, { cause: error });
  }
}

const KEY_PROBLEMS: readonly { readonly pattern: RegExp; readonly mend: string }[] = [
  { pattern: /key values mismatch/i, mend: 'the key is not that of the certificate' },
  {
    pattern: /bad decrypt|bad password|interrupted or cancelled|passphrase/i,
    mend: 'the key is encrypted: correct kafka.tls.keyPassphrase',
  },
];

function requireCertificates(content: Buffer, path: string, setting: string): void {
  let count = 0;
  try {
    count = certificatesIn(content).length;
  } catch (error) {
    const message = `${setting}: ${path} holds a certificate that cannot be read: ${messageOf(error)}`;
    throw new TriageError('usage', message, { cause: error });
  }
  if (count === 0) {
    throw new TriageError('usage', `${setting}: ${path} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)`);
  }
}

function certificatesIn(content: Buffer): X509Certificate[] {
  const blocks = content.toString('latin1').match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  return (blocks ?? []).map((block) => new X509Certificate(block));
}
