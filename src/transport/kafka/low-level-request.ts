/** Requests in versions that kafkajs does not speak, sent on its connections in its encoding. */
import { createRequire } from 'node:module';

export interface Api {
  readonly key: number;
  readonly version: number;
  readonly name: string;
}

export interface LowLevelBroker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: {
    send<T>(exchange: {
      request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<Encoder> };
      response: {
        decode: (answer: Buffer) => Promise<{ value: T }>;
        parse: (decoded: { value: T }) => Promise<T>;
      };
    }): Promise<T>;
  };
}

export interface Request<T> {
  readonly api: Api;
  readonly write: (encoder: Encoder) => Encoder;
  /** May throw, as `protocolError`. */
  readonly read: (decoder: Decoder) => T;
}

export interface Encoder {
  writeInt32(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeArray(values: readonly string[]): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string): Encoder;
  writeUVarIntArray(items: readonly Encoder[]): Encoder;
}

export interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): unknown;
  readString(): string | null;
  readBytes(): Buffer;
  readBoolean(): boolean;
  readArray<T>(read: (decoder: Decoder) => T): T[];
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[];
  readTaggedFields(): unknown;
}

/** The newest version of the request that the broker takes. */
export function newestVersion({ versions }: LowLevelBroker, { key }: Api): number {
  return versions?.[key]?.maxVersion ?? 0;
}

/** @throws kafkajs' errors, and what `read` throws. */
export function send<T>({ connectionPool }: LowLevelBroker, { api, write, read }: Request<T>): Promise<T> {
  return connectionPool.send({
    request: { apiKey: api.key, apiVersion: api.version, apiName: api.name, encode: async () => write(newEncoder()) },
    // In an object, since kafkajs looks for its throttle time in what `decode` gives.
    response: { decode: async (answer) => ({ value: read(newDecoder(answer)) }), parse: async ({ value }) => value },
  });
}

/** For a part of a request. */
export function newEncoder(): Encoder {
  return new (load('encoder') as new () => Encoder)();
}

/** As kafkajs makes it: its `type` is the protocol's name of the error. `code`: not 0. */
export function protocolError(code: number): Error {
  return (load('error') as { createErrorFromCode: (code: number) => Error }).createErrorFromCode(code);
}

function newDecoder(answer: Buffer): Decoder {
  return new (load('decoder') as new (answer: Buffer) => Decoder)(answer);
}

function load(name: 'encoder' | 'decoder' | 'error'): unknown {
  return createRequire(import.meta.url)(`kafkajs/src/protocol/${name}.js`);
}
