import type { FileHandle } from 'node:fs/promises';

const LF = 0x0a;
const BLOCK_BYTES = 65_536;

/**
 * Makes a file end with a whole line, so that what is appended never joins a line that a crash cut. Half a line is cut
 * off: what it was made from was not acknowledged, so it is handed over again, and half a line would trouble whoever
 * reads the file as JSON. A last line that is a whole JSON object or list, as an editor leaves it, only gets its line end.
 * Returns how many bytes were cut off.
 */
export async function mendLastLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const start = await startOfLastLine(handle, size);
  if (start === size) return 0;
  const { buffer } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
  if (isWhole(buffer.toString())) {
    await handle.appendFile('\n');
    return 0;
  }
  await handle.truncate(start);
  return size - start;
}

/** Where the last line without a line end begins; `size` when there is none. */
async function startOfLastLine(handle: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    const lineEnd = buffer.lastIndexOf(LF);
    if (lineEnd !== -1) return start + lineEnd + 1;
    end = start;
  }
  return 0;
}

/** Half an object or list is never JSON, whereas half a number is a number. */
function isWhole(text: string): boolean {
  try {
    return /^\s*[{[]/.test(text) && JSON.parse(text) !== undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
