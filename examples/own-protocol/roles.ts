/** The one role of secure-sum/1. It reads like the message table of README.md. */
import { type Io, ringMessage } from 'blindflag';

const Share = ringMessage('share');
const Partial = ringMessage('partial');

/** Brings a value; learns the sum of all. */
export async function summand(io: Io, value: bigint): Promise<bigint> {
  const others = io.parties.filter((party) => party !== io.self);

  // Random shares for the others; what is left over makes ours.
  const shares = io.sub('shares');
  const sent = others.map(() => randomShare(io));
  const own = others.reduce((rest, _, index) => mod64(rest - sent[index]), value);
  await io.all(others.map((party, index) => () => shares.to(party).send(Share, BigUint64Array.of(sent[index]), 1)));
  const received = await io.all(others.map((party) => () => shares.from(party).recv(Share, 1)));

  // The sum of one share of every party says nothing; the sum of all these sums is the answer.
  const partials = io.sub('partials');
  const partial = received.reduce((sum, [share]) => mod64(sum + share), own);
  await io.all(others.map((party) => () => partials.to(party).send(Partial, BigUint64Array.of(partial), 1)));
  const theirs = await io.all(others.map((party) => () => partials.from(party).recv(Partial, 1)));
  return theirs.reduce((sum, [other]) => mod64(sum + other), partial);
}

function randomShare(io: Io): bigint {
  // A copy has a buffer of its own, so it is aligned.
  return new BigUint64Array(io.rng(8).slice().buffer)[0];
}

function mod64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
