/** Where a run can be attacked: every kind of message, at its first, middle and last occurrence. */
import type { PartyId } from '../../src/kit/party.ts';
import type { DataFrame } from '../../src/wire/frame.ts';
import { dataFrames, type SentFrame } from './observe.ts';

/** One data frame of a run, by what is the same in every run of a case. */
export interface Site {
  /** Kind of message: channel without shards and names, message, roles of the sender, length where it is fixed. */
  readonly descriptor: string;
  readonly occurrence: 'first' | 'middle' | 'last';
  readonly from: PartyId;
  readonly to: PartyId;
  readonly channel: string;
  readonly sequence: number;
  readonly name: string;
  /** Position among all frames that the sender sends in the run. */
  readonly sent: number;
}

type Roles = ReadonlyMap<PartyId, readonly string[]>;
type SentData = SentFrame & { readonly frame: DataFrame };

export function sitesOf(frames: readonly SentFrame[], roles: Roles): readonly Site[] {
  const data = dataFrames(frames);
  const perChannel = new Map<string, number>();
  for (const sent of data) perChannel.set(linkOf(sent), (perChannel.get(linkOf(sent)) ?? 0) + 1);

  const groups = new Map<string, SentData[]>();
  for (const sent of data) {
    const descriptor = descriptorOf(sent, roles, perChannel.get(linkOf(sent)) === 1);
    groups.set(descriptor, [...(groups.get(descriptor) ?? []), sent]);
  }
  return [...groups].flatMap(([descriptor, group]) => {
    const places = new Map([
      [0, 'first' as const],
      [Math.floor(group.length / 2), 'middle' as const],
      [group.length - 1, 'last' as const],
    ]);
    // One occurrence may be all three.
    places.set(0, 'first');
    return [...places].map(([index, occurrence]) => toSite(descriptor, occurrence, group[index], frames));
  });
}

/** Sites of descriptors that no earlier case had. */
export function newSites(sites: readonly Site[], known: Set<string>): readonly Site[] {
  const fresh = sites.filter((site) => !known.has(site.descriptor));
  for (const site of fresh) known.add(site.descriptor);
  return fresh;
}

export function isAt(site: Site, from: PartyId, to: PartyId, frame: DataFrame): boolean {
  return site.from === from && site.to === to && site.channel === frame.channel && site.sequence === frame.sequence;
}

/** For test names and messages. */
export function nameOf(site: Site): string {
  return `${site.occurrence} ${site.descriptor}, ${site.from} > ${site.to} ${site.channel} #${site.sequence}`;
}

function linkOf({ from, to, frame }: SentData): string {
  return `${from} > ${to} ${frame.channel}`;
}

/** `input:bank-b/to-0-1` becomes `input:contributor+member/to-*`; a channel's only message has a length of its own. */
function descriptorOf({ from, frame }: SentData, roles: Roles, alone: boolean): string {
  const roleOf = (party: string): string => (roles.get(party as PartyId) ?? ['none']).join('+');
  const channel = frame.channel
    .replace(/shard:\d+/, 'shard:*')
    .replace(/input:([a-z0-9-]+)/, (_, party: string) => `input:${roleOf(party)}`)
    .replace(/to-\d-\d/, 'to-*');
  const length = alone && frame.name !== 'offer' ? ` ${frame.body.length} B` : '';
  return `${channel} ${frame.name} of ${roleOf(from)}${length}`;
}

function toSite(
  descriptor: string,
  occurrence: Site['occurrence'],
  sent: SentData,
  frames: readonly SentFrame[],
): Site {
  const { from, to, frame, bytes } = sent;
  return {
    descriptor,
    occurrence,
    from,
    to,
    channel: frame.channel,
    sequence: frame.sequence,
    name: frame.name,
    sent: frames.filter((other) => other.from === from).findIndex((other) => other.bytes === bytes),
  };
}
