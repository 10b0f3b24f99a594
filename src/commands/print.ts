/** Writes a report to stdout or into a file, and waits until it is there: a reader that closes early is no failure. */
import { FileSink } from '../transport/file/file-sink.ts';

const REPORT = 'report';

/** `text` ends with a line break. @throws {TriageError} `file`. */
export async function print(text: string, path?: string): Promise<void> {
  const sink = new FileSink({ targets: { [REPORT]: path ?? process.stdout } });
  const value = Buffer.from(text.replace(/\n$/, ''));
  try {
    await sink.publish([{ topic: REPORT, key: null, value, headers: {}, partitionHint: 0 }]);
  } finally {
    await sink.close();
  }
}
