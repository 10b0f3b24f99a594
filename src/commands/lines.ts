/** Reads NDJSON from a file or stdin, line by line. */
import { FileSource } from '../transport/file/file-source.ts';
import type { SourceRecord } from '../transport/port.ts';

/** A longer line is handed over cut, one byte above this, so that whoever decodes it can tell. */
export const MAX_LINE_BYTES = 10_485_760;

/**
 * `path`: `-` is stdin. `number` counts lines from 1, empty ones included, which are not handed over.
 * @throws {TriageError} `file`.
 */
export async function forEachLine(path: string, handle: (line: Buffer, number: number) => void): Promise<void> {
  const source = new FileSource({ input: path === '-' ? process.stdin : path, maxLineBytes: MAX_LINE_BYTES + 1 });
  await source.run(async ({ records }) => {
    for (const { value, offset } of records satisfies readonly SourceRecord[]) {
      if (value !== null) handle(value, offset + 1);
    }
  });
}
