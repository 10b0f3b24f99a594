/** `triage classify`: the pipeline without Kafka, NDJSON in, NDJSON or a table out. */
import { accessSync, constants, createWriteStream, fstatSync, statSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { loadCatalog } from '../catalog/load.ts';
import { BUNDLED_CATALOG } from '../config.ts';
import { EXIT, messageOf, TriageError } from '../errors.ts';
import { OUTCOMES, type Outcome } from '../events/outcome.ts';
import { compile } from '../matcher/matcher.ts';
import { type PipelineOptions, processRecord } from '../pipeline/pipeline.ts';
import { renderRow, shorten } from '../render.ts';
import { FileSink } from '../transport/file/file-sink.ts';
import { FileSource } from '../transport/file/file-source.ts';
import type { BatchHandler, SourceRecord } from '../transport/port.ts';
import { VERSION } from '../version.ts';

interface ClassifyOptions {
  readonly format: 'json' | 'table';
  readonly errorsOnly?: boolean;
  readonly inferred: boolean;
  readonly deadLetters?: string;
  readonly catalog: string;
}

/** Names inside the process only. */
const OUTPUT = 'stdout';
const DEAD_LETTERS = 'dead-letters';

const LIMITS: PipelineOptions['limits'] = { recordBytes: 10_485_760, messageChars: 32_768 };

/** One byte more than the limit, so that the pipeline can tell that a line is too long. */
const MAX_LINE_BYTES = LIMITS.recordBytes + 1;

export function addClassifyCommand(program: Command): void {
  program
    .command('classify [file]')
    .description('Classify NDJSON lines {"id","app","message",...} from a file or stdin ("-").')
    .addOption(new Option('--format <format>', 'output').choices(['json', 'table']).default('json'))
    .option('--errors-only', 'leave out records that are no errors')
    .option('--no-inferred', 'give no entries for the same condition in other words')
    .option('--dead-letters <file>', 'write lines that cannot be processed there, as they are (cut above 10 MiB)')
    .addOption(
      new Option('--catalog <folder>', 'folder with the catalog files').default(BUNDLED_CATALOG, 'the bundled one'),
    )
    .action(async (file: string | undefined, options: ClassifyOptions) => {
      const counts = await classifyFile(file ?? '-', options);
      if (counts['dead-lettered'] > 0 && options.deadLetters === undefined) process.exitCode = EXIT.findings;
    });
}

type Counts = Record<Outcome['kind'], number>;

async function classifyFile(file: string, options: ClassifyOptions): Promise<Counts> {
  const matcher = compile(loadCatalog(options.catalog));
  const input = file === '-' ? process.stdin : file;
  const source = new FileSource({ input, maxLineBytes: MAX_LINE_BYTES });
  refuseSameFile(file, options.deadLetters);
  if (options.deadLetters !== undefined) requireReadable(file);
  const letters = options.deadLetters === undefined ? undefined : await openFile(options.deadLetters);
  const targets = { [OUTPUT]: process.stdout, ...(letters && { [DEAD_LETTERS]: letters }) };
  const sink = new FileSink({ targets });
  const counts: Counts = { resolved: 0, unclassified: 0, ignored: 0, 'dead-lettered': 0 };
  const progress = new Progress(process.stderr);
  const pipeline: PipelineOptions = {
    topics: { output: OUTPUT, deadLetter: DEAD_LETTERS },
    limits: LIMITS,
    mayInfer: options.inferred,
    version: VERSION,
  };
  const render = options.format === 'json' ? toJsonLine : toTableRow;
  const handle: BatchHandler = async (batch) => {
    const lines: string[] = [];
    const setAside: SourceRecord[] = [];
    for (const record of batch.records) {
      const { outcome } = processRecord(record, matcher, Date.now(), pipeline);
      counts[outcome.kind]++;
      if (outcome.kind === 'dead-lettered') {
        progress.clear();
        process.stderr.write(
          `${file}:${record.offset + 1}: ${outcome.letter.reason}: ${errorOf(record, outcome.letter.error, letters !== undefined)}\n`,
        );
        if (letters) setAside.push(record);
      } else if (outcome.kind !== 'ignored' || !options.errorsOnly) {
        lines.push(render(outcome));
      }
    }
    const write = (topic: string, value: Buffer) => ({ topic, key: null, value, headers: {}, partitionHint: 0 });
    await sink.publish([
      ...lines.map((line) => write(OUTPUT, Buffer.from(line))),
      ...setAside.map(({ value }) => write(DEAD_LETTERS, value!)),
    ]);
    progress.show(counts);
  };
  if (options.format === 'table') process.stdout.write(`${renderRow(TABLE_HEAD, TABLE_WIDTHS)}\n`);
  try {
    await source.run(handle);
  } finally {
    progress.clear();
    await sink.close();
    if (letters) await finished(letters.end());
  }
  process.stderr.write(`${summary(counts)}\n`);
  return counts;
}

/** What is wrong with a line; of one that was cut, how long it was. */
function errorOf({ headers }: SourceRecord, error: string, isKept: boolean): string {
  const bytes = headers['triage.cut'];
  if (bytes === undefined) return error;
  const kept = isKept ? `; cut: only its first ${MAX_LINE_BYTES} bytes are in the dead letter file` : '';
  return `the line has ${String(bytes)} bytes; at most ${LIMITS.recordBytes} can be classified${kept}`;
}

/** Opening a file for writing empties it: the input must not be lost by that. */
function refuseSameFile(input: string, deadLetters: string | undefined): void {
  const inputName = input === '-' ? 'the input (stdin)' : `the input ${input}`;
  const read = { name: inputName, id: fileId(input === '-' ? 0 : input) };
  const printed = { name: 'the output (stdout)', id: fileId(1) };
  const letters = { name: `--dead-letters ${deadLetters}`, id: fileId(deadLetters) };
  const pairs = [
    [letters, read],
    [letters, printed],
    [printed, read],
  ] as const;
  for (const [written, other] of pairs) {
    if (written.id === undefined || written.id !== other.id) continue;
    throw new TriageError(
      'usage',
      `${written.name} and ${other.name} are the same file; name another file to write to`,
    );
  }
}

/** The same for all names of a file. Pipes, terminals and such, which nothing is lost in, have none. */
function fileId(file: string | number | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const stats = typeof file === 'number' ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    // Not there, or not to be looked at: whoever opens it says so.
    return undefined;
  }
}

/** Not by opening it: a named pipe can be opened only once. @throws {TriageError} `file`. */
function requireReadable(file: string): void {
  if (file === '-') return;
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new TriageError('file', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  if (statSync(file).isDirectory()) throw new TriageError('file', `${file} is a folder; a file is needed`);
}

async function openFile(path: string): Promise<WriteStream> {
  const stream = createWriteStream(path);
  return new Promise((resolve, reject) => {
    stream.once('open', () => resolve(stream));
    stream.once('error', (error) => {
      reject(new TriageError('file', `cannot write ${path}: ${messageOf(error)}`, { cause: error }));
    });
  });
}

type Shown = Exclude<Outcome, { kind: 'dead-lettered' }>;

function toJsonLine(outcome: Shown): string {
  if (outcome.kind !== 'ignored') return JSON.stringify(outcome.event);
  const { id, app } = outcome;
  return JSON.stringify({
    outcome: 'ignored',
    id: id ?? null,
    error_type: null,
    seed_row: null,
    confidence: null,
    app: app ?? null,
  });
}

const TABLE_HEAD = ['id', 'app', 'confidence', 'error type', 'to do'];
const TABLE_WIDTHS = [12, 16, 10, 38, 60];

function toTableRow(outcome: Shown): string {
  const cells =
    outcome.kind === 'ignored'
      ? [outcome.id ?? '', outcome.app ?? '', '', '(ignored)', '']
      : [
          outcome.event.id ?? '',
          outcome.event.app ?? '',
          outcome.event.confidence ?? '',
          outcome.event.error_type ?? '(unclassified)',
          outcome.event.resolution?.summary ?? outcome.event.message,
        ];
  return renderRow(
    cells.map((cell, i) => shorten(cell, TABLE_WIDTHS[i]!)),
    TABLE_WIDTHS,
  );
}

function summary(counts: Counts): string {
  const total = OUTCOMES.reduce((sum, kind) => sum + counts[kind], 0);
  return `${total} records: ${OUTCOMES.map((kind) => `${counts[kind]} ${kind}`).join(', ')}`;
}

/** A line that is written over again, on terminals only. */
class Progress {
  private readonly stream: NodeJS.WriteStream;
  private isShown = false;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
  }

  show(counts: Counts): void {
    if (!this.stream.isTTY || process.stdout.isTTY) return;
    this.stream.write(`\r\u001b[K${summary(counts)}`);
    this.isShown = true;
  }

  clear(): void {
    if (this.isShown) this.stream.write('\r\u001b[K');
    this.isShown = false;
  }
}
