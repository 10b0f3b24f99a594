/** `triage classify`: the pipeline without Kafka, NDJSON in, NDJSON or a table out. */
import { type Command, Option } from 'commander';
import { loadCatalog } from '../catalog/load.ts';
import { BUNDLED_CATALOG } from '../config.ts';
import { EXIT, TriageError } from '../errors.ts';
import { OUTCOMES, type Outcome } from '../events/outcome.ts';
import type { ResolutionEvent } from '../events/resolution-event.ts';
import type { Decoded } from '../formats/format.ts';
import type { InputFormatName } from '../formats/names.ts';
import { compile } from '../matcher/matcher.ts';
import { createDecoder } from '../pipeline/decoder.ts';
import { type PipelineOptions, processRecord } from '../pipeline/pipeline.ts';
import { createRedaction, type Redaction, type Redactor } from '../redaction/redactor.ts';
import { renderRow, shorten } from '../render.ts';
import { FileSink } from '../transport/file/file-sink.ts';
import { FileSource } from '../transport/file/file-source.ts';
import type { FileStart } from '../transport/file/resumable-file.ts';
import type { BatchHandler, OutboundRecord, SourceRecord } from '../transport/port.ts';
import { VERSION } from '../version.ts';
import { checkFiles } from './classify-files.ts';
import { addSettings, REDACTION_SETTINGS, readSettings } from './settings-options.ts';

interface ClassifyOptions {
  readonly format: 'json' | 'table';
  readonly errorsOnly?: boolean;
  readonly inferred: boolean;
  readonly output?: string;
  readonly checkpoint?: string;
  readonly deadLetters?: string;
  readonly catalog: string;
}

const CONCERNED = [...REDACTION_SETTINGS, 'redaction.deadLetters', 'format.input'];

/** Names inside the process only. */
const OUTPUT = 'output';
const DEAD_LETTERS = 'dead-letters';

const LIMITS: PipelineOptions['limits'] = { recordBytes: 10_485_760, messageChars: 32_768 };

/** One byte more than the limit, so that the pipeline can tell that a line is too long. */
const MAX_LINE_BYTES = LIMITS.recordBytes + 1;

export function addClassifyCommand(program: Command): void {
  const command = program
    .command('classify [file]')
    .description(
      'Classify NDJSON lines {"id","app","message",...}, or lines in another format, from a file or stdin ("-").',
    )
    .addOption(new Option('--format <format>', 'output').choices(['json', 'table']).default('json'))
    .option('--errors-only', 'leave out records that are no errors')
    .option('--no-inferred', 'give no entries for the same condition in other words')
    .option('--output <file>', 'write there instead of to stdout')
    .option(
      '--checkpoint <file>',
      'keep there how far the input is handled, and go on from it: after an interruption, or when the input has grown; ' +
        'output files are appended to',
    )
    .option('--dead-letters <file>', 'write lines that cannot be processed there, as they are (cut above 10 MiB)')
    .addOption(
      new Option('--catalog <folder>', 'folder with the catalog files').default(BUNDLED_CATALOG, 'the bundled one'),
    );
  addSettings(command, CONCERNED).action(async (file: string | undefined, options: ClassifyOptions) => {
    const { redaction, format } = readSettings(command, CONCERNED).config;
    const counts = await classifyFile(file ?? '-', options, createRedaction(redaction), format.input);
    if (counts['dead-lettered'] > 0 && options.deadLetters === undefined) process.exitCode = EXIT.findings;
  });
}

type Counts = Record<Outcome['kind'], number>;

async function classifyFile(
  file: string,
  options: ClassifyOptions,
  redaction: Redaction,
  inputFormat: InputFormatName,
): Promise<Counts> {
  const { output, deadLetters, checkpoint } = options;
  if (checkpoint !== undefined && options.format === 'table') {
    throw new TriageError('usage', '--checkpoint needs --format json: a table is not continued.');
  }
  const matcher = compile(loadCatalog(options.catalog));
  const decode = createDecoder({ format: inputFormat, matcher: () => matcher, maxBytes: LIMITS.recordBytes });
  checkFiles({ input: file, ...options });
  const sink = new FileSink({
    targets: { [OUTPUT]: output ?? process.stdout, ...(deadLetters !== undefined && { [DEAD_LETTERS]: deadLetters }) },
    mode: checkpoint === undefined ? 'overwrite' : 'append',
    onLineCutOff: (path, bytes) => {
      process.stderr.write(`${path}: half a line at its end, left by an interruption, was cut off (${bytes} bytes)\n`);
    },
  });
  const source = new FileSource({
    input: file === '-' ? process.stdin : file,
    maxLineBytes: MAX_LINE_BYTES,
    ...(checkpoint !== undefined && {
      checkpoint,
      beforeCheckpoint: () => sink.sync(),
      onStart: (start) => sayStart(file, checkpoint, start),
    }),
  });
  const counts: Counts = { resolved: 0, unclassified: 0, ignored: 0, 'dead-lettered': 0 };
  const progress = new Progress(process.stderr, output === undefined && process.stdout.isTTY);
  // The pipeline says nothing of what it ignores: the lines that are printed for it are made from this.
  let decoded: Decoded = { kind: 'tombstone' };
  const pipeline: PipelineOptions = {
    topics: { output: OUTPUT, deadLetter: DEAD_LETTERS },
    limits: LIMITS,
    mayInfer: options.inferred,
    version: VERSION,
    redaction,
    decode: (record) => {
      decoded = decode(record);
      return decoded;
    },
  };
  const render = options.format === 'json' ? (line: Line) => JSON.stringify(line) : toTableRow;
  const handle: BatchHandler = async (batch) => {
    const lines: string[] = [];
    const setAside: Buffer[] = [];
    const processedAt = new Date().toISOString();
    for (const record of batch.records) {
      for (const [index, { outcome, outbound: letter }] of processRecord(
        record,
        matcher,
        processedAt,
        pipeline,
      ).entries()) {
        counts[outcome.kind]++;
        if (outcome.kind === 'dead-lettered') {
          progress.clear();
          process.stderr.write(
            `${file}:${record.offset + 1}: ${outcome.letter.reason}: ${errorOf(record, outcome.letter.error, deadLetters !== undefined)}\n`,
          );
          if (deadLetters !== undefined) setAside.push(letter!.value!);
        } else if (outcome.kind !== 'ignored') {
          lines.push(render(outcome.event));
        } else if (!options.errorsOnly) {
          lines.push(render(ignoredLine(decoded, index, redaction.redactor)));
        }
      }
    }
    await sink.publish([
      ...lines.map((line) => outbound(OUTPUT, Buffer.from(line))),
      ...setAside.map((value) => outbound(DEAD_LETTERS, value)),
    ]);
    progress.show(counts);
  };
  try {
    // Opens the files: an output that cannot be written is told before the first line is read.
    await sink.sync();
    if (options.format === 'table') {
      await sink.publish([outbound(OUTPUT, Buffer.from(renderRow(TABLE_HEAD, TABLE_WIDTHS)))]);
    }
    await source.run(handle);
  } finally {
    progress.clear();
    await sink.close();
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

function outbound(topic: string, value: Buffer): OutboundRecord {
  return { topic, key: null, value, headers: {}, partitionHint: 0 };
}

function sayStart(file: string, checkpoint: string, { how, line }: FileStart): void {
  if (how === 'resumed') process.stderr.write(`${file}: going on at line ${line + 1}, as ${checkpoint} says\n`);
  if (how === 'replaced') {
    process.stderr.write(
      `${file}: was replaced since ${checkpoint} was written, so it is read from its first line; ` +
        'its event ids repeat those of the file before\n',
    );
  }
}

interface IgnoredLine {
  readonly outcome: 'ignored';
  readonly id: string | null;
  readonly error_type: null;
  readonly seed_row: null;
  readonly confidence: null;
  readonly app: string | null;
}

type Line = ResolutionEvent | IgnoredLine;

function ignoredLine(decoded: Decoded, index: number, redactor: Redactor): IgnoredLine {
  const piece = decoded.kind === 'events' ? decoded.events[index] : decoded;
  const { id, app } = piece?.kind === 'event' ? piece.event : {};
  const safe = (text: string | undefined) => (text === undefined ? null : redactor.text(text));
  return { outcome: 'ignored', id: safe(id), error_type: null, seed_row: null, confidence: null, app: safe(app) };
}

const TABLE_HEAD = ['id', 'app', 'confidence', 'error type', 'to do'];
const TABLE_WIDTHS = [12, 16, 10, 38, 60];

function toTableRow(line: Line): string {
  const [found, toDo] =
    line.outcome === 'ignored'
      ? ['(ignored)', '']
      : [line.error_type ?? '(unclassified)', line.resolution?.summary ?? line.message];
  const cells = [line.id ?? '', line.app ?? '', line.confidence ?? '', found, toDo];
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
  private readonly isHidden: boolean;
  private isShown = false;

  /** `outputIsShown`: the terminal is needed for the output. */
  constructor(stream: NodeJS.WriteStream, outputIsShown: boolean) {
    this.stream = stream;
    this.isHidden = !stream.isTTY || outputIsShown;
  }

  show(counts: Counts): void {
    if (this.isHidden) return;
    this.stream.write(`\r\u001b[K${summary(counts)}`);
    this.isShown = true;
  }

  clear(): void {
    if (this.isShown) this.stream.write('\r\u001b[K');
    this.isShown = false;
  }
}
