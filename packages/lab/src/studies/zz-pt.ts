import * as sim from '@hintlab/sim'
import '@hintlab/lab'
for (const p of [659552928, 918003572, 896111700, 904125461, 965972454, 36790913, 1029341844]) console.log(p, (sim as any).pointName?.(p) ?? (sim as any).nameOf?.(p))
