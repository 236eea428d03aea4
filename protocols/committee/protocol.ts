/** The smallest complete use of the committee, as a protocol: AND of two dealers' words, opened to one receiver. */
import { asBytes } from '../../src/crypto/bytes.ts';
import { UsageError } from '../../src/errors.ts';
import { inputRoot } from '../../src/kit/input-root.ts';
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { defineProtocol, onChannel, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import { compareInputs, deal, expandInput, receiveDeal, roomForWords, shareWords, wordComponents } from './deal.ts';
import { circuitFlow, compareFlow, dealFlow, joinFlow } from './flow.ts';
import { joinCommittee } from './member.ts';
import { openFlow, openTo, receiveOpened } from './open.ts';
import { checkCommittee, type Committee, seatOf } from './seating.ts';

export interface CommitteeParameters {
  readonly committee: Committee;
  /** Two parties, each with `wordCount` words; either may be a member. */
  readonly dealers: readonly [PartyId, PartyId];
  readonly receiver: PartyId;
  readonly wordCount: number;
}

/** A dealer's words; nothing at others. */
export type CommitteeInput = Uint32Array | undefined;
/** x ∧ y at the receiver; nothing at others. */
export type CommitteeOutput = Uint32Array | undefined;

const MAX_WORDS: number = 2 ** 24;

/** z = x ∧ y word by word. */
export const sharedAnd: ProtocolDefinition<CommitteeParameters, CommitteeInput, CommitteeInput, CommitteeOutput> =
  defineProtocol({
    spec: {
      id: 'committee/4',
      securityModel: 'semi-honest, one member; dealers are checked for consistency',
      validate(parameters) {
        checkCommittee(parameters.committee);
        const { dealers, wordCount } = parameters;
        if (dealers[0] === dealers[1] || !Number.isInteger(wordCount) || wordCount < 1 || wordCount > MAX_WORDS) {
          throw new UsageError('Cannot plan: dealers or number of words out of range', { code: 'bad-parameter' });
        }
        return Object.freeze(parameters);
      },
      roles({ committee, dealers, receiver }) {
        const roles = new Map<PartyId, string[]>();
        const add = (party: PartyId, role: string): void => {
          roles.set(party, [...(roles.get(party) ?? []), role]);
        };
        for (const party of committee) add(party, 'member');
        for (const party of dealers) add(party, 'dealer');
        add(receiver, 'receiver');
        return roles;
      },
      flow: ({ committee, dealers, receiver, wordCount }) => [
        ...joinFlow('join', committee),
        ...dealers.flatMap((dealer) => dealFlow(`input:${dealer}`, committee, dealer, wordComponents(wordCount))),
        ...compareFlow('compare', committee, dealers.length),
        ...circuitFlow('gates', committee, [{ rounds: 1, ands: 1 }], wordCount),
        ...onChannel('open', openFlow(committee, receiver, wordCount)),
      ],
      // Deal (beside the members' seeds), compare, AND, open.
      rounds: () => 4,
      failures: () => [],
      leakage: ({ receiver }) => [
        { to: receiver, learns: 'x ∧ y' },
        { to: 'any two members together', learns: 'x and y' },
      ],
    },

    async prepare({ dealers, wordCount }, words, context) {
      if (dealers.includes(context.self) && words?.length !== wordCount) {
        throw new UsageError('Cannot deal: the words do not fit the parameters', { code: 'bad-input' });
      }
      return { value: words, root: await inputRoot(words === undefined ? [] : [asBytes(words)], context) };
    },

    async run(io, parameters, words) {
      const { committee, dealers, receiver } = parameters;
      const isMember = seatOf(committee, io.self) !== undefined;
      const [, opened, received] = await io.all([
        async () => {
          if (words === undefined || !dealers.includes(io.self)) return;
          const channel = io.sub(`input:${io.self}`);
          const room = roomForWords(words.length);
          room.words.set(words);
          await deal(channel, committee, await shareWords(channel, room));
        },
        async () => (isMember ? await member(io, parameters) : undefined),
        async () =>
          io.self === receiver && !isMember
            ? await receiveOpened(io.sub('open'), committee, parameters.wordCount)
            : undefined,
      ]);
      return opened ?? received;
    },
  });

async function member(io: Io, parameters: CommitteeParameters): Promise<Uint32Array | undefined> {
  const { committee, dealers, receiver, wordCount } = parameters;
  const self = await joinCommittee(io.sub('join'), committee);
  const inputs = await io.all(
    dealers.map((dealer) => () => {
      const channel = io.sub(`input:${dealer}`);
      return receiveDeal(channel, self.member, dealer, wordComponents(wordCount));
    }),
  );
  await compareInputs(io.sub('compare'), self.member, committee, inputs);
  const [x, y] = await io.all(inputs.map((input) => () => expandInput(input, self.member, wordCount)));
  const product = await self.gates(io.sub('gates')).and([x], [y]);
  return await openTo(io.sub('open'), self, receiver, product);
}
