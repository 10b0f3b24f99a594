import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { messageOf, TriageError } from '../errors.ts';
import { WatchedFile } from './watched-file.ts';

/** How the settings are called, for errors. */
export interface TlsSettingNames {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Absent: keys with a passphrase cannot be used. */
  readonly keyPassphrase?: string;
}

/** Where changes are told; a pino logger fits. */
export interface ChangeLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface TlsOptions {
  readonly names: TlsSettingNames;
  /** PEM. Absent: the authorities that come with Node. */
  readonly caFile?: string | undefined;
  /** PEM, with `keyFile`: the own certificate. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Of the private key; read with each change of the files. */
  readonly keyPassphrase?: (() => string) | undefined;
  /** Name that the certificates must have. Absent: the host by which the broker is reached. */
  readonly serverName?: string | undefined;
  readonly logger: ChangeLog;
}

/** A certificate in use. `file` says where it came from. */
export interface CertificateInfo {
  readonly role: 'authority' | 'own';
  readonly file: string;
  readonly subject: string;
  readonly notAfter: Date;
}

/** As `tls.createSecureContext` and `Server.setSecureContext` take it. */
export type TlsMaterial = Pick<tls.SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase'>;

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
  #material: TlsMaterial;
  #context: tls.SecureContext;
  #complaint: string | undefined;

  /** @throws {TriageError} `usage`, naming the file that cannot be used and why. */
  constructor(options: TlsOptions) {
    this.#options = options;
    this.serverName = options.serverName;
    this.#ca = watched(options.caFile, options.names.caFile);
    this.#cert = watched(options.certFile, options.names.certFile);
    this.#key = watched(options.keyFile, options.names.keyFile);
    this.#material = this.#read();
    this.#context = createContext(this.#material, options);
  }

  context(): tls.SecureContext {
    this.#refresh();
    return this.#context;
  }

  /** What the context is made of; the same object until a file changes. */
  material(): TlsMaterial {
    this.#refresh();
    return this.#material;
  }

  #refresh(): void {
    try {
      const material = this.#read();
      if (!equal(material, this.#material)) {
        this.#context = createContext(material, this.#options);
        this.#material = material;
        this.#options.logger.info(
          { event: 'tls-files-changed', files: this.#files() },
          'changed TLS files are used for new connections',
        );
      }
      this.#complaint = undefined;
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== this.#complaint) {
        this.#options.logger.warn(
          { event: 'tls-files-unusable', reason },
          'changed TLS files cannot be used: the ones before stay in use',
        );
      }
      this.#complaint = reason;
    }
  }

  /** Of each file in use the certificate that ends first: a chain is good no longer than its weakest link. */
  certificates(): CertificateInfo[] {
    const { ca, cert } = this.material();
    return [...firstToEnd('authority', this.#ca, ca), ...firstToEnd('own', this.#cert, cert)];
  }

  #read(): TlsMaterial {
    const [ca, cert, key] = [this.#ca?.read(), this.#cert?.read(), this.#key?.read()];
    const passphrase = this.#options.keyPassphrase?.() || undefined;
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
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
function equal(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key && a.passphrase === b.passphrase;
}

function createContext(material: TlsMaterial, { caFile, certFile, keyFile, names }: TlsOptions): tls.SecureContext {
  const { ca, cert } = material;
  // OpenSSL passes over what is no certificate, and then trusts nobody.
  if (ca instanceof Buffer) requireCertificates(ca, caFile ?? '', names.caFile);
  if (cert instanceof Buffer) requireCertificates(cert, certFile ?? '', names.certFile);
  try {
    return tls.createSecureContext(material);
  } catch (error) {
    const what = `${names.keyFile}: ${keyFile} cannot be used with ${certFile}`;
    throw new TriageError('usage', `${what}: ${messageOf(error)}; ${mendKey(messageOf(error), names)}`, {
      cause: error,
    });
  }
}

function mendKey(problem: string, { keyPassphrase }: TlsSettingNames): string {
  if (/key values mismatch/i.test(problem)) return 'the key is not that of the certificate';
  if (/bad decrypt|bad password|interrupted or cancelled|passphrase/i.test(problem)) {
    const mend = keyPassphrase === undefined ? 'give it without a passphrase' : `correct ${keyPassphrase}`;
    return `the key is encrypted: ${mend}`;
  }
  return 'expected a private key in PEM (-----BEGIN PRIVATE KEY-----)';
}

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

function firstToEnd(
  role: CertificateInfo['role'],
  file: WatchedFile | undefined,
  content: TlsMaterial['ca'],
): CertificateInfo[] {
  if (file === undefined || !(content instanceof Buffer)) return [];
  return (
    certificatesIn(content)
      // TLS refuses a certificate whose end is no time as it refuses one that has ended.
      .map(({ subject, validTo }) => ({ role, file: file.path, subject, notAfter: new Date(Date.parse(validTo) || 0) }))
      .sort((a, b) => a.notAfter.getTime() - b.notAfter.getTime())
      .slice(0, 1)
  );
}

function certificatesIn(content: Buffer): X509Certificate[] {
  const blocks = content.toString('latin1').match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  return (blocks ?? []).map((block) => new X509Certificate(block));
}
