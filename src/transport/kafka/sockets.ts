import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactoryArgs } from 'kafkajs';
import type { TlsFiles } from '../../credentials/tls-files.ts';
import { EXPECTS_LOGIN, NO_TLS_ANSWER, SPEAKS_TLS } from './access-failure.ts';

/** Milliseconds between TCP keep-alive probes, kafkajs' own value. */
const TCP_KEEP_ALIVE_MS = 60_000;

export interface SocketsOptions {
  readonly tls: TlsFiles | undefined;
  readonly hasLogin: boolean;
}

/** Opens the connections of one client, tells why a broker does not talk, and can cut them all. */
export class Sockets {
  readonly #options: SocketsOptions;
  readonly #open = new Set<net.Socket>();
  #cut = false;

  constructor(options: SocketsOptions) {
    this.#options = options;
  }

  /** For kafkajs, whose listeners come after ours. */
  open({ host, port, onConnect }: Pick<ISocketFactoryArgs, 'host' | 'port' | 'onConnect'>): net.Socket {
    if (this.#cut) throw new Error('this client is closed');
    const files = this.#options.tls;
    const socket =
      files === undefined ? net.connect({ host, port }, onConnect) : connectTls({ host, port, files, onConnect });
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    // kafkajs says goodbye to a dead socket again at every attempt, and Node adds a listener each time: no leak, since
    // the socket is replaced as soon as a connection succeeds, but a warning.
    socket.setMaxListeners(0);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    if (files === undefined) tellTlsAnswer(socket);
    if (!this.#options.hasLogin) tellExpectedLogin(socket);
    return socket;
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#open) socket.destroy(new Error('this client is closed'));
  }
}

interface TlsRequest {
  readonly host: string;
  readonly port: number;
  readonly files: TlsFiles;
  readonly onConnect: () => void;
}

function connectTls({ host, port, files, onConnect }: TlsRequest): tls.TLSSocket {
  const servername = files.serverName ?? (net.isIP(host) === 0 ? host : undefined);
  const named = servername === undefined ? {} : { servername };
  const socket = tls.connect({ host, port, secureContext: files.context(), ...named }, onConnect);
  let reached = false;
  let agreed = false;
  socket.once('connect', () => {
    reached = true;
  });
  socket.once('secureConnect', () => {
    agreed = true;
  });
  socket.once('error', (error: NodeJS.ErrnoException) => {
    if (reached && !agreed && error.code === 'ECONNRESET') error.code = NO_TLS_ANSWER;
  });
  return socket;
}

/** A port with TLS answers a plaintext request with an alert. kafkajs takes it for a length and says "Closed connection". */
function tellTlsAnswer(socket: net.Socket): void {
  socket.once('data', (answer: Buffer) => {
    const isAlert = answer[0] === 0x15 && answer[1] === 0x03;
    if (isAlert) socket.destroy(failure(SPEAKS_TLS, 'the port answers with TLS'));
  });
}

/**
 * A broker that expects a login says what it can do, and cuts the connection at the next request. kafkajs only says
 * "Closed connection".
 */
function tellExpectedLogin(socket: net.Socket): void {
  let isOnlyAnswer = false;
  let writtenBefore = 0;
  socket.once('data', (answer: Buffer) => {
    isOnlyAnswer = answer.length >= 4 && answer.length === 4 + answer.readInt32BE(0);
    writtenBefore = socket.bytesWritten;
    socket.once('data', () => {
      isOnlyAnswer = false;
    });
  });
  socket.once('end', () => {
    // As an error of the socket it reaches the waiting request before kafkajs' own words do.
    if (isOnlyAnswer && socket.bytesWritten > writtenBefore) {
      socket.emit('error', failure(EXPECTS_LOGIN, 'the broker expects a login'));
    }
  });
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
