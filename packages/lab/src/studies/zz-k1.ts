import { runKnobs } from './knobs-model.ts'
const p = { used: 0.35, workUs: 40, guestFaultUs: 0.5, walkTax: 0.08, contention: 1, ...JSON.parse(process.argv[3] ?? '{}') }
const scale = Number(process.argv[2] ?? 16)
let base: any = null
for (const c of process.env.O ? [{order:Number(process.env.O),delayMs:2000,capacity:32}] : [{order:null,delayMs:2000,capacity:32},{order:9,delayMs:2000,capacity:32},{order:0,delayMs:2000,capacity:32}]) {
  const t = Date.now()
  const r = runKnobs(c, p, scale)
  base ??= r
  console.log(c.order, r, 'fp', (r.residentGiB*r.wallNs/(base.residentGiB*base.wallNs)).toFixed(3), 'wall', (r.wallNs/base.wallNs).toFixed(3), 'sys', (r.systemNs/base.systemNs).toFixed(2), 'user', (r.userNs/base.userNs).toFixed(3), 'sys/user', (r.systemNs/r.userNs).toFixed(4), (Date.now()-t)+'ms')
}
