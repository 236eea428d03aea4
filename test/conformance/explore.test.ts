import { it } from 'vitest';
import { cases } from './cases.ts';
import { observe, errorsOf, channelPrefix } from './observe.ts';
it('explore', async () => {
  for (const c of cases) {
    for (let i = 0; i < 4; i++) {
      const t = performance.now();
      const o = await observe(c, { seed: 1 });
      const p = c.run(1).parameters;
      console.log(
        c.name,
        (performance.now() - t).toFixed(0),
        'frames',
        o.frames.length,
        'kinds',
        JSON.stringify(
          Object.fromEntries(
            ['data', 'credit', 'status', 'probe', 'abort'].map((k) => [
              k,
              o.frames.filter((f) => f.frame.kind === k).length,
            ]),
          ),
        ),
        'rounds',
        o.rounds,
        c.protocol.spec.rounds(p),
        errorsOf(o.outcomes).size,
      );
      const want = new Map<string, [number, number]>(),
        got = new Map<string, [number, number]>();
      const add = (m: typeof want, k: string, n: number, b: number) => {
        const v = m.get(k) ?? [0, 0];
        m.set(k, [v[0] + n, v[1] + b]);
      };
      for (const r of c.protocol.spec.flow(p))
        add(want, [r.channel, r.from, r.to, r.message].join(' '), r.count, r.bytes);
      for (const e of o.transcript)
        if (e.channel.startsWith(channelPrefix(c)))
          add(got, [e.channel.slice(channelPrefix(c).length), e.from, e.to, e.message].join(' '), 1, e.bytes);
      for (const k of new Set([...want.keys(), ...got.keys()]))
        if (String(want.get(k)) !== String(got.get(k))) console.log('DIFF', k, want.get(k), got.get(k));
    }
  }
}, 100000);
