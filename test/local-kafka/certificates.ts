/** X.509 certificates for tests, written with Node alone: a newcomer's machine need not have openssl or keytool. */

import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface Authority {
  readonly name: string;
  readonly key: KeyObject;
  /** PEM. */
  readonly certificate: string;
}

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
}

export interface CertificateOptions {
  /** Common name. */
  readonly name: string;
  /** Host names and IPv4 addresses that it is good for. */
  readonly hosts?: readonly string[];
  /** Days from now, negative ones lie in the past. Default: from yesterday for a year. */
  readonly days?: readonly [from: number, to: number];
}

const DAY_MS = 86_400_000;

export function createAuthority(name: string): Authority {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const basicConstraints = extension('551d13', sequence(boolean(true)), true);
  const certificate = signed({ name, issuer: name, subjectKey: privateKey, issuerKey: privateKey, days: [-1, 365] }, [
    basicConstraints,
  ]);
  return { name, key: privateKey, certificate };
}

/** Good for servers and clients. */
export function issue(authority: Authority, { name, hosts = [], days = [-1, 365] }: CertificateOptions): Certificate {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const names = hosts.map((host) =>
    isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  );
  const request = { name, issuer: authority.name, subjectKey: privateKey, issuerKey: authority.key, days };
  const certificate = signed(request, names.length === 0 ? [] : [extension('551d11', sequence(...names), false)]);
  return { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

interface SigningRequest {
  readonly name: string;
  readonly issuer: string;
  readonly subjectKey: KeyObject;
  readonly issuerKey: KeyObject;
  readonly days: readonly [from: number, to: number];
}

function signed({ name, issuer, subjectKey, issuerKey, days }: SigningRequest, extensions: Buffer[]): string {
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const publicKey = createPublicKey(subjectKey).export({ type: 'spki', format: 'der' });
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(issuer),
    sequence(...days.map((day) => time(Date.now() + day * DAY_MS))),
    distinguishedName(name),
    publicKey,
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const certificate = sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, issuerKey)));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function integer(bytes: Buffer): Buffer {
  return der(0x02, bytes);
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function bitString(bytes: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

/** UTCTime, which ends in 2049. */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${text}Z`));
}

function extension(id: string, content: Buffer, critical: boolean): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), der(0x04, content));
}
