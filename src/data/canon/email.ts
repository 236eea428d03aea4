/** E-mail addresses of RFC 5321 in their common form: no quoted local part, no address literal. */
import { type Canonical, malformed, ok } from './canonical.ts';

const LOCAL_PART_MAX = 64;
const ADDRESS_MAX = 254;
/** RFC 5322 atext, and dots between. */
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * In lower case as a whole: RFC 5321 lets a host tell cases of the local part apart, and none of weight does. Dots and
 * `+tags` stay, as what they mean differs by provider. International domains become their ASCII form (UTS 46).
 */
export function canonicalEmail(text: string): Canonical {
  const at = text.lastIndexOf('@');
  if (at < 1) return malformed('bad-format');
  const local = text.slice(0, at);
  if (!/^[\x21-\x7e]+$/.test(local)) return malformed('bad-format');
  const domain = asciiDomain(text.slice(at + 1));
  if (domain === undefined || !LOCAL_PART.test(local.toLowerCase())) return malformed('bad-format');
  if (local.length > LOCAL_PART_MAX || local.length + 1 + domain.length > ADDRESS_MAX) return malformed('bad-length');
  return ok(`email:${local.toLowerCase()}@${domain}`);
}

function asciiDomain(domain: string): string | undefined {
  // What a URL's host may have around it would be taken for something else than a domain.
  if (/[\s/\\?#:@%[\]]/.test(domain)) return undefined;
  // In its ASCII form such a label begins with xn-- (UTS 46, CheckHyphens, which URLs leave away).
  if (/(^|[.。])-|-([.。]|$)/.test(domain)) return undefined;
  let host: string;
  try {
    host = new URL(`http://${domain}`).hostname;
  } catch {
    return undefined;
  }
  const labels = host.split('.');
  // The URL parser turns "1" and "0x7f.1" into IPv4 addresses: a top-level domain is never all digits.
  return labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !/^[0-9]+$/.test(labels[labels.length - 1])
    ? host
    : undefined;
}
