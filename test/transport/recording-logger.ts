import type { TransportLogger } from '../../src/transport/log.ts';

export interface LoggedLine {
  readonly level: keyof TransportLogger;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps what is logged, for a test to look at. */
export class RecordingLogger implements TransportLogger {
  readonly lines: LoggedLine[] = [];

  debug(fields: object, message: string): void {
    this.#keep('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#keep('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#keep('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#keep('error', fields, message);
  }

  at(...levels: LoggedLine['level'][]): LoggedLine[] {
    return this.lines.filter(({ level }) => levels.includes(level));
  }

  #keep(level: LoggedLine['level'], fields: object, message: string): void {
    this.lines.push({ level, message, fields: { ...fields } });
  }
}
