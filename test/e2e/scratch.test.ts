import { it } from 'vitest';
import { partyId } from '../../src/kit/party.ts';
import { createFlag, flag, type FlagInput, flagParameters } from '../../protocols/flag/index.ts';
import { insecureIdealOprf, insecureSeededRng, insecureTestSigner, insecureTestVerifier, runInMemory, succeeded } from '../../src/testing.ts';
const ideal = createFlag([insecureIdealOprf(insecureSeededRng('ideal')(32))]);
async function go(n: number, m: number, engine: 'ideal'|'dh', floor: number, score=true) {
  const names = Array.from({length:n},(_,i)=>`bank-${i}`);
  const accounts = Array.from({length:m},(_,i)=>`id:${i}`);
  const parameters = flagParameters({asker: names[0], contributors: names.slice(1), askerItems: m, contributorItems: names.slice(1).map(()=>m), smallestBucket: floor, oprf: engine, ...(score?{score:{threshold:3,max:255}}:{}), committee: n===3?['bank-0','bank-1','helper']:names.slice(1,4), acknowledged:['positive-answer-names-all-contributors','asker-is-committee-member']});
  const inputs = new Map(names.map((x,i)=>[partyId(x),(i===0?{accounts:[{accounts}]}:{evidence:[{accounts,scores:new Uint32Array(m).fill(2)}]}) as FlagInput]));
  if(n===3) inputs.set(partyId('helper'),{});
  const c0=process.cpuUsage(); const t=performance.now();
  succeeded(await runInMemory(engine==='ideal'?ideal:flag,{parameters,inputs,initiator:parameters.asker},{rng:(p)=>insecureSeededRng(1,p),signer:insecureTestSigner,verify:insecureTestVerifier}));
  const c=process.cpuUsage(c0);
  process.stdout.write(`n=${n} m=${m} ${engine} score=${score}: cpu ${(c.user+c.system)/1000} wall ${performance.now()-t}\n`);
}
it('x', async () => {
  await go(4,40,'ideal',64); await go(4,40,'ideal',64); await go(4,40,'ideal',64,false); await go(4,1000,'ideal',1024);await go(4,1000,'ideal',1024); await go(4,5000,'ideal',1024); await go(5,4000,'ideal',1024);
  await go(4,40,'dh',64); await go(4,40,'dh',64); await go(5,40,'dh',64); await go(10,64,'ideal',64);
});
