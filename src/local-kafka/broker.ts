/** One Kafka broker (KRaft, broker and controller in one JVM) from the jars, on 127.0.0.1. */

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, TriageError } from '../errors.ts';
import { brokerProperties, propertiesText } from './broker-config.ts';
import { type ClassArchive, classArchive } from './class-archive.ts';
import { exists } from './exists.ts';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import type { Environment } from './local-kafka.ts';
import { answers, freePort } from './ports.ts';

const START_LIMIT_MS = 60_000;
const POLL_MS = 25;
/** A graceful end takes 2 s here, 4 s when it leaves a class archive. */
const GRACE_MS = 20_000;
/** Ports are free when they are picked, not reserved; the archive may be unusable: both deserve another try. */
const START_TRIES = 3;
const LOG_LINES_SHOWN = 10;

/** Quick to start rather than quick in the long run: C1 only, one garbage collector thread (1.7 s instead of 4 s). */
const JVM_FLAGS = [
  '-XX:+IgnoreUnrecognizedVMOptions',
  // Else a page of warnings about classes that go into no archive hides the end of the log.
  '-Xlog:disable',
  '-Xlog:all=error:stderr',
  '-XX:-CreateCoredumpOnCrash',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Xmx512m',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  // Prints every property of every client and of the broker, 1,200 lines.
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn',
];

export interface BrokerOptions {
  /** Path of the `java` program, 17 or newer. */
  readonly java: string;
  /** The class path, in an order that never changes (the class archive is bound to it). */
  readonly jars: readonly string[];
  readonly env: Environment;
  /** See class-archive.ts. Default: none is used or made. */
  readonly archiveFile?: string;
  /** Kept after `stop`, and started from when it holds data. Default: a temporary folder, removed by `stop`. */
  readonly dataDir?: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Default: a free port. To be given for a quorum of several, together with `clusterId` and `brokerConfig`. */
  readonly controllerPort?: number;
  /** 16 bytes in base64url. Default: random. */
  readonly clusterId?: string;
  readonly brokerConfig?: Readonly<Record<string, string>>;
  /** Further arguments of the tool that formats a new data folder, such as `--add-scram` and its value. */
  readonly formatArguments?: readonly string[];
}

export interface Broker {
  /** `127.0.0.1:port` of the client listener. */
  readonly address: string;
  /** Of the JVM; `undefined` while it is down. */
  readonly pid: number | undefined;
  /** Standard output and error of all its runs. */
  readonly logFile: string;
  /**
   * Ends it. A broker whose data is thrown away anyway is killed at once; one with a `dataDir` of yours gets SIGTERM
   * and 20 s, then SIGKILL. May be called more than once.
   */
  stop(): Promise<void>;
  /** SIGKILL; data and port are kept. Resolves when the process is gone. */
  kill(): Promise<void>;
  /**
   * Starts it on the same data and port, after a graceful end if it is still up. Resolves when it takes requests.
   * @throws {TriageError} `transport` as `startBroker` does.
   */
  restart(): Promise<void>;
}

/**
 * Formats the data folder if it is new, starts the broker and waits until it has joined its cluster and takes requests.
 * @throws {TriageError} `transport` when that has not happened within 60 s, with what the broker's log says about it;
 * retriable when another `port` may do.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const temporary = options.dataDir === undefined;
  const dataDir = resolve(
    options.dataDir ?? (await mkdtemp(join(temporaryFolder(options.env), 'connector-triage-kafka-'))),
  );
  const logFile = join(dataDir, 'broker.log');
  const removeData = async (): Promise<void> => {
    if (temporary) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };

  let ports = { port: 0, controllerPort: 0 };
  let run: Run;
  for (let tries = 1; ; tries += 1) {
    ports = {
      port: options.port ?? (await freePort()),
      controllerPort: options.controllerPort ?? (await freePort()),
    };
    try {
      run = await boot(options, { dataDir, logFile, temporary, ...ports });
      break;
    } catch (error) {
      const mayHelp =
        error instanceof StartError && error.retriable && !(error.portTaken && options.port !== undefined);
      if (mayHelp && tries < START_TRIES) continue;
      await removeData();
      throw error;
    }
  }

  let stopped: Promise<void> | undefined;
  return {
    address: `127.0.0.1:${ports.port}`,
    get pid() {
      return run.process.pid;
    },
    logFile,
    stop: () => {
      stopped ??= end(run, temporary && !run.archive.recording ? 0 : GRACE_MS).then(removeData);
      return stopped;
    },
    kill: () => end(run, 0),
    restart: async () => {
      await end(run, GRACE_MS);
      run = await boot(options, { dataDir, logFile, temporary, ...ports });
    },
  };
}

interface Run {
  readonly process: GuardedProcess;
  readonly archive: ClassArchive;
}

interface Place {
  readonly dataDir: string;
  readonly logFile: string;
  readonly temporary: boolean;
  readonly port: number;
  readonly controllerPort: number;
}

/** `retriable` here: another port, or no class archive, may do. */
class StartError extends TriageError {
  readonly portTaken: boolean;

  constructor(message: string, { portTaken, archiveSuspect }: { portTaken: boolean; archiveSuspect: boolean }) {
    super('transport', message, { retriable: portTaken || archiveSuspect });
    this.portTaken = portTaken;
  }
}

async function boot(options: BrokerOptions, place: Place): Promise<Run> {
  const logDir = join(place.dataDir, 'data');
  const propertiesFile = join(place.dataDir, 'server.properties');
  await mkdir(place.dataDir, { recursive: true });
  const properties = brokerProperties({ ...place, logDir, overrides: options.brokerConfig ?? {} });
  await writeFile(propertiesFile, propertiesText(properties));
  const archive = await classArchive(options.archiveFile);
  const java = (flags: readonly string[], main: string, ...args: string[]): string[] => {
    const crash = `-XX:ErrorFile=${join(place.dataDir, 'jvm-crash.log')}`;
    return [...JVM_FLAGS, crash, ...flags, '-cp', options.jars.join(delimiter), main, ...args];
  };
  const clusterId = options.clusterId ?? randomBytes(16).toString('base64url');
  // As one word: an id that begins with "-" would be taken for a flag.
  const format = java(
    archive.useFlags,
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${clusterId}`,
    '-c',
    propertiesFile,
    ...(options.formatArguments ?? []),
  );
  const serve = java(archive.brokerFlags, 'kafka.Kafka', propertiesFile);
  const logStart = await sizeOf(place.logFile);
  const process = startGuarded(
    {
      command: options.java,
      steps: (await exists(join(logDir, 'meta.properties'))) ? [serve] : [format, serve],
      ...(place.temporary ? { removeWhenOrphaned: place.dataDir } : {}),
    },
    { env: options.env, logFile: place.logFile },
  );
  const trouble = await untilReady(process, place, logStart);
  if (trouble === undefined) return { process, archive };

  await end({ process, archive }, 0);
  const log = await readFrom(place.logFile, logStart);
  const portTaken = log.includes('Address already in use');
  // A failure of the JVM itself, not of Kafka, may be the archive's fault: it goes, and costs one try.
  const jvmFailed = /A fatal error has been detected by the Java|Error occurred during initialization of VM/.test(log);
  const archiveSuspect = jvmFailed && archive.useFlags.length > 0;
  if (archiveSuspect || archive.recording) await archive.discard();
  const port = portTaken ? `port ${place.port} or ${place.controllerPort} is in use by another program; ` : '';
  throw new StartError(`Kafka did not start (${trouble}); ${port}from its log:\n${tellingLines(log)}`, {
    portTaken,
    archiveSuspect,
  });
}

/** `undefined` when the broker is ready, else why it is not. */
async function untilReady(process: GuardedProcess, place: Place, logStart: number): Promise<string | undefined> {
  const deadlineMs = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadlineMs) {
    if (process.exit !== undefined) return `java ended: ${process.exit}`;
    // Logged after the broker was unfenced, that is, is known to its controller and may lead partitions.
    const started = (await readFrom(place.logFile, logStart)).includes('Kafka Server started');
    if (started && process.pid !== undefined && (await answers(`127.0.0.1:${place.port}`))) return undefined;
    await sleep(POLL_MS);
  }
  return `not ready after ${START_LIMIT_MS / 1000} s`;
}

/** Ends the process and waits for that; SIGTERM first when `graceMs` is above 0. */
async function end({ process, archive }: Run, graceMs: number): Promise<void> {
  if (process.exit === undefined && graceMs > 0) {
    process.signal('SIGTERM');
    const timer = new AbortController();
    await Promise.race([process.ended, sleep(graceMs, undefined, { signal: timer.signal }).catch(messageOf)]);
    timer.abort();
  }
  // JVMs that handled SIGTERM end with 143; anything else may have left half an archive.
  const orderly = process.exit === 'exit code 143' || process.exit === 'exit code 0';
  process.signal('SIGKILL');
  await process.ended;
  if (orderly) await archive.adopt();
  else if (archive.recording) await archive.discard();
}

function temporaryFolder(env: Environment): string {
  return env.TMPDIR || env.TEMP || tmpdir();
}

/** The first lines that speak of an error, or the last lines if none does: after an error Kafka logs its shutdown. */
function tellingLines(log: string): string {
  const lines = log.trimEnd().split('\n');
  const errors = lines.filter((line) => /\bERROR\b|\bFATAL\b|^Caused by: |^Exception in|Exception: /.test(line));
  const telling = errors.length > 0 ? errors.slice(0, LOG_LINES_SHOWN) : lines.slice(-LOG_LINES_SHOWN);
  return [...new Set(telling)].map((line) => `    ${line.slice(0, 300)}`).join('\n');
}

async function readFrom(file: string, start: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const length = (await handle.stat()).size - start;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(length, 1)), 0, Math.max(length, 0), start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (entry) => entry.size,
    () => 0,
  );
}
