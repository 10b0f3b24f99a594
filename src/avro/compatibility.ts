/**
 * Whether data written with one schema can be read with another, by the rules of Avro's specification ("Schema Resolution"),
 * and where not. Stricter in one thing: a logical type must stay, since the same number would mean something else.
 * https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
 */
import avro from 'avsc';
import { LOGICAL_TYPES } from './logical-types.ts';

export interface Incompatibility {
  /** Such as `ResolutionEvent.source.offset`; items of arrays and maps are `[]`. */
  readonly path: string;
  readonly problem: string;
}

/** A schema's type for `incompatibilities`. @throws {Error} when the text is no Avro schema. */
export function parseSchema(text: string): avro.Type {
  return avro.Type.forSchema(JSON.parse(text), { logicalTypes: LOGICAL_TYPES });
}

/** Everything that keeps `reader` from reading what `writer` wrote; empty: it reads all of it. */
export function incompatibilities(reader: avro.Type, writer: avro.Type): Incompatibility[] {
  return new Comparison().compare(reader, writer, shortName(reader));
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
  /** Pairs that are being compared or were, so that a type may contain itself. */
  readonly #seen = new Map<avro.Type, Set<avro.Type>>();

  compare(reader: avro.Type, writer: avro.Type, path: string): Incompatibility[] {
    const { LogicalType, RecordType, EnumType, FixedType, ArrayType, MapType } = avro.types;
    const one = (problem: string) => [{ path, problem }];
    if (isUnion(writer)) return branchesOf(writer).flatMap((branch) => this.compare(reader, branch, path));
    if (isUnion(reader)) return this.#anyBranch(branchesOf(reader), writer, path);
    if (reader instanceof LogicalType || writer instanceof LogicalType) {
      if (reader.typeName !== writer.typeName)
        return one(`is ${nameOf(writer)} where it is written, ${nameOf(reader)} where it is read`);
      return this.compare(plain(reader), plain(writer), path);
    }
    if (reader instanceof RecordType && writer instanceof RecordType) return this.#records(reader, writer, path);
    if (reader instanceof ArrayType && writer instanceof ArrayType) {
      return this.compare(reader.itemsType, writer.itemsType, `${path}[]`);
    }
    if (reader instanceof MapType && writer instanceof MapType) {
      return this.compare(reader.valuesType, writer.valuesType, `${path}[]`);
    }
    if (reader instanceof EnumType && writer instanceof EnumType) {
      const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
      if (!isSameName(reader, writer)) return one(renamed(reader, writer));
      return missing.length === 0 || hasDefault(reader)
        ? []
        : one(`may hold ${missing.join(', ')}, which the reader does not know`);
    }
    if (reader instanceof FixedType && writer instanceof FixedType) {
      if (!isSameName(reader, writer)) return one(renamed(reader, writer));
      return reader.size === writer.size
        ? []
        : one(`has ${writer.size} bytes where it is written, ${reader.size} where it is read`);
    }
    const isReadable = reader.typeName === writer.typeName || WIDER[writer.typeName]?.includes(reader.typeName);
    return isReadable ? [] : one(`is ${nameOf(writer)} where it is written, ${nameOf(reader)} where it is read`);
  }

  #anyBranch(branches: readonly avro.Type[], writer: avro.Type, path: string): Incompatibility[] {
    const problems = branches.map((branch) => this.compare(branch, writer, path));
    if (problems.some((found) => found.length === 0)) return [];
    // Of a branch of the same kind, what is wrong within it says more.
    const same = branches.findIndex((branch) => branch.typeName === writer.typeName);
    if (same >= 0) return problems[same]!;
    return [
      {
        path,
        problem: `is ${nameOf(writer)} where it is written, which is none of ${branches.map(nameOf).join(', ')}`,
      },
    ];
  }

  #records(reader: avro.types.RecordType, writer: avro.types.RecordType, path: string): Incompatibility[] {
    const seen = this.#seen.get(reader) ?? new Set();
    this.#seen.set(reader, seen);
    if (seen.has(writer)) return [];
    seen.add(writer);
    if (!isSameName(reader, writer)) return [{ path, problem: renamed(reader, writer) }];
    return reader.fields.flatMap((field) => {
      const place = `${path}.${field.name}`;
      const written = writer.fields.find(({ name }) => name === field.name || field.aliases.includes(name));
      if (written !== undefined) return this.compare(field.type, written.type, place);
      if (field.defaultValue() !== undefined) return [];
      return [{ path: place, problem: 'is not written, and the reader has no default for it' }];
    });
  }
}

function isUnion(type: avro.Type): type is avro.types.UnwrappedUnionType | avro.types.WrappedUnionType {
  return type instanceof avro.types.UnwrappedUnionType || type instanceof avro.types.WrappedUnionType;
}

function branchesOf(union: avro.types.UnwrappedUnionType | avro.types.WrappedUnionType): readonly avro.Type[] {
  return union.types;
}

function plain(type: avro.Type): avro.Type {
  return type instanceof avro.types.LogicalType ? type.underlyingType : type;
}

/** Namespaces may differ, as the specification has it. */
function isSameName(reader: avro.Type, writer: avro.Type): boolean {
  const names = [reader.name ?? '', ...(reader.aliases ?? [])].map(withoutNamespace);
  return names.includes(withoutNamespace(writer.name ?? ''));
}

function renamed(reader: avro.Type, writer: avro.Type): string {
  return `is called ${writer.name} where it is written, ${reader.name} where it is read`;
}

/** avsc has it, its types do not say so. */
function hasDefault(type: avro.types.EnumType): boolean {
  return (type as unknown as { default?: string }).default !== undefined;
}

function nameOf(type: avro.Type): string {
  return type.name ?? type.typeName.replace(/^logical:/, '');
}

function shortName(type: avro.Type): string {
  return withoutNamespace(nameOf(type));
}

function withoutNamespace(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
