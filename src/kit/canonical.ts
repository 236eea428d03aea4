/** Canonical JSON (RFC 8785): one text for one value, so that what is hashed or signed is what was meant. */
import canonicalize from 'canonicalize';

/** undefined when the value is no plain data. */
export function canonicalJson(value: unknown): string | undefined {
  try {
    return canonicalize(value);
  } catch {
    return undefined;
  }
}
