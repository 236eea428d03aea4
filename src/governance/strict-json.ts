/** Reads values of JSON into types that prove their form: an unknown field or a value out of range is refused by its place. */
import { UsageError } from '../errors.ts';

/** @throws UsageError `bad-input` that names the place */
export type Read<T> = (value: unknown, path: string) => T;

/** What has no place of its own is the file as a whole. The value is not repeated: a stranger may have written it. */
export function malformed(path: string): UsageError {
  const what = path === '' ? 'it is no contract of this version' : `its line '${path}' is not as it may be`;
  return new UsageError(`Cannot read contract: ${what}`, {
    code: 'bad-input',
    phase: 'contract/malformed',
    remedy: 'ask who sent it for the file as blindflag wrote it; compare the versions of the software',
  });
}

type Readers<T> = { readonly [K in keyof T]-?: Read<T[K]> };

/** Exactly these fields. */
export function record<T extends object>(fields: Readers<T>): Read<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(path);
    // A field's name that is not known here is the writer's word: the place is where it stands.
    if (Object.keys(value).some((name) => !Object.hasOwn(fields, name))) throw malformed(path);
    const made: Partial<T> = {};
    for (const name of names) {
      const entry = Object.hasOwn(value, name) ? (value as { readonly [key: string]: unknown })[name] : undefined;
      const found = fields[name](entry, path === '' ? name : `${path}.${name}`);
      if (found !== undefined) made[name] = found;
    }
    return Object.freeze(made) as T;
  };
}

/** A field that may be absent. */
export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, path) => (value === undefined ? undefined : read(value, path));
}

export function list<T>(read: Read<T>, most: number): Read<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > most) throw malformed(path);
    return Object.freeze(value.map((entry, at) => read(entry, `${path}.${at}`)));
  };
}

export function constant<const T>(expected: T): Read<T> {
  return (value, path) => {
    if (value !== expected) throw malformed(path);
    return expected;
  };
}

export function union<const T extends string>(choices: readonly T[]): Read<T> {
  return (value, path) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw malformed(path);
    return choice;
  };
}

export function whole(least: number, most: number): Read<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw malformed(path);
    }
    return value;
  };
}

export function strings(form: RegExp): Read<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !form.test(value)) throw malformed(path);
    return value;
  };
}

/** What people read: no control characters, and none that turn the direction of a line. */
export function text(mostCharacters: number): Read<string> {
  return (value, path) => {
    const isShort = typeof value === 'string' && value.length > 0 && value.length <= mostCharacters;
    if (!isShort || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(value)) throw malformed(path);
    return value;
  };
}

/** A moment in UTC, in its one spelling. */
export const moment: Read<string> = (value, path) => {
  const spelling = text(30)(value, path);
  const ms = Date.parse(spelling);
  if (!Number.isFinite(ms) || new Date(ms).toISOString() !== spelling) throw malformed(path);
  return spelling;
};

/** Lower-case hexadecimal digits of so many bytes. */
export function hex(bytes: number): Read<string> {
  return strings(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
}
