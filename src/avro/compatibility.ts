/**
 * Whether data written with one schema can be read with another, by the rules of Avro's specification ("Schema Resolution"),
 * and where not. Stricter in two things: a logical type must stay, since the same number would mean something else,
 * and so must a namespace, since several libraries compare full names and subjects are called by them.
 * https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
 */
import type { EnumSchema, FixedSchema, NamedSchema, RecordSchema, Schema } from './schema.ts';

export interface Incompatibility {
  /** Such as `ResolutionEvent.source.offset`; items of arrays and maps are `[]`. */
  readonly path: string;
  readonly problem: string;
}

/** Everything that keeps `reader` from reading what `writer` wrote; empty: it reads all of it. */
export function incompatibilities(reader: Schema, writer: Schema): Incompatibility[] {
  return new Comparison().compare(reader, writer, withoutNamespace(nameOf(reader)));
}

/** Types that a value may be widened to. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

class Comparison {
  /** By reader and writer; nothing yet for those being compared, so that a type may contain itself. */
  readonly #found = new Map<Schema, Map<Schema, Incompatibility[]>>();

  compare(reader: Schema, writer: Schema, path: string): Incompatibility[] {
    if (writer.type === 'union') return writer.branches.flatMap((branch) => this.compare(reader, branch, path));
    if (reader.type === 'union') return this.#anyBranch(reader.branches, writer, path);
    if (logicalName(reader) !== logicalName(writer)) return [{ path, problem: changed(reader, writer) }];
    if (reader.type === 'record' && writer.type === 'record') return this.#records(reader, writer, path);
    if (reader.type === 'array' && writer.type === 'array')
      return this.compare(reader.items, writer.items, `${path}[]`);
    if (reader.type === 'map' && writer.type === 'map') return this.compare(reader.values, writer.values, `${path}[]`);
    const problem = valueProblem(reader, writer);
    return problem === undefined ? [] : [{ path, problem }];
  }

  #anyBranch(branches: readonly Schema[], writer: Schema, path: string): Incompatibility[] {
    const problems = branches.map((branch) => this.compare(branch, writer, path));
    if (problems.some((found) => found.length === 0)) return [];
    // Of a branch of the same kind, what is wrong within it says more.
    const same = branches.findIndex(
      (branch) => branch.type === writer.type && logicalName(branch) === logicalName(writer),
    );
    if (same >= 0) return problems[same]!;
    const none = branches.map(nameOf).join(', ');
    return [{ path, problem: `is ${nameOf(writer)} where it is written, which is none of ${none}` }];
  }

  #records(reader: RecordSchema, writer: RecordSchema, path: string): Incompatibility[] {
    const ofReader = this.#found.get(reader) ?? new Map<Schema, Incompatibility[]>();
    this.#found.set(reader, ofReader);
    const before = ofReader.get(writer);
    if (before !== undefined) return before;
    ofReader.set(writer, []);
    const found = isSameName(reader, writer)
      ? this.#fields(reader, writer, path)
      : [{ path, problem: renamed(reader, writer) }];
    ofReader.set(writer, found);
    return found;
  }

  #fields(reader: RecordSchema, writer: RecordSchema, path: string): Incompatibility[] {
    const found = reader.fields.flatMap((field) => {
      const place = `${path}.${field.name}`;
      const written = writer.fields.find(({ name }) => name === field.name || field.aliases.includes(name));
      if (written !== undefined) return this.compare(field.schema, written.schema, place);
      return field.hasDefault ? [] : [{ path: place, problem: 'is not written, and the reader has no default for it' }];
    });
    // What is wrong with a type is found once, in the first place that uses it, and given again for each other one.
    return [...new Set(found)];
  }
}

/** What keeps a value without others in it from being read. */
function valueProblem(reader: Schema, writer: Schema): string | undefined {
  if (reader.type === 'enum' && writer.type === 'enum') return enumProblem(reader, writer);
  if (reader.type === 'fixed' && writer.type === 'fixed') return fixedProblem(reader, writer);
  const isReadable = reader.type === writer.type || WIDER[writer.type]?.includes(reader.type);
  return isReadable ? undefined : changed(reader, writer);
}

function enumProblem(reader: EnumSchema, writer: EnumSchema): string | undefined {
  if (!isSameName(reader, writer)) return renamed(reader, writer);
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (missing.length === 0 || reader.hasDefault) return undefined;
  return `may hold ${missing.join(', ')}, which the reader does not know`;
}

function fixedProblem(reader: FixedSchema, writer: FixedSchema): string | undefined {
  if (!isSameName(reader, writer)) return renamed(reader, writer);
  if (reader.size === writer.size) return undefined;
  return `has ${writer.size} bytes where it is written, ${reader.size} where it is read`;
}

function changed(reader: Schema, writer: Schema): string {
  return `is ${nameOf(writer)} where it is written, ${nameOf(reader)} where it is read`;
}

function logicalName(schema: Schema): string | undefined {
  return 'logical' in schema ? schema.logical?.name : undefined;
}

function isSameName(reader: NamedSchema, writer: NamedSchema): boolean {
  return reader.name === writer.name || reader.aliases.includes(writer.name);
}

function renamed(reader: NamedSchema, writer: NamedSchema): string {
  return `is called ${writer.name} where it is written, ${reader.name} where it is read`;
}

function nameOf(schema: Schema): string {
  return logicalName(schema) ?? ('name' in schema ? schema.name : schema.type);
}

function withoutNamespace(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
