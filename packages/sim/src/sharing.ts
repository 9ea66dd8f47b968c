/**
 * vCPUs that share a host CPU. A vCPU with `backing` runs only while the host CPU is granted to it; while it wants to run and is not, its time is
 * *steal*. The host CPU's own tasks (device threads) go before guests; guests take turns by time slice, at the end of a step.
 *
 *     host CPU:  own task | vCPU 0 | vCPU 1 | own task ...        guest = who runs now, guests = who waits
 *
 * A vCPU that halts, spins on a lock of the guest or is held in the host gives the host CPU back, so a lock holder that was scheduled out can go on.
 *
 *   S1  A vCPU takes no step without its host CPU, not even one that costs nothing: the step may take a lock of the host's.
 *   S2  Host code that holds a spinlock, or spins for one, keeps its host CPU. So nobody spins for a lock whose holder the spinner keeps from running.
 */
import type { Cpu } from './cpu.ts'
import { keepsHostCpu } from './task-context.ts'
import type { Task } from './task.ts'

const SLICE_NS = 3_000_000

export class Sharing {
  private readonly poke: (cpu: Cpu) => void

  constructor(poke: (cpu: Cpu) => void) {
    this.poke = poke
  }

  /** True when the vCPU may run its task now; else it is queued, and resumed by a poke. Host code with a spinlock does not make room. */
  mayRun(vcpu: Cpu, host: Cpu, task: Task, now: number): boolean {
    if (vcpu.granted) {
      if (keepsHostCpu(task) || !host.hasReady) return this.endSteal(vcpu, now)
      this.release(vcpu, host, now)
    } else if (vcpu.stealSince >= 0) {
      return false // it is queued already
    }
    if (host.guest === null && host.current === null && !host.hasReady) {
      this.grant(vcpu, host, now)
      return this.endSteal(vcpu, now)
    }
    if (vcpu.stealSince < 0) vcpu.stealSince = now
    host.guests.push(vcpu)
    if (host.guest !== null) this.poke(host.guest)
    return false
  }

  /** The vCPU has finished a step: its turn ends when the host's own tasks wait, or others do and the slice is over. */
  used(vcpu: Cpu, host: Cpu, now: number): void {
    if (!vcpu.granted) return
    const over = host.hasReady || (host.guests.length > 0 && now >= host.sliceEnd)
    if (over) this.release(vcpu, host, now)
  }

  /** The vCPU does not need its host CPU at the moment. */
  release(vcpu: Cpu, host: Cpu, now: number): void {
    if (!vcpu.granted) return
    this.endSteal(vcpu, now)
    vcpu.granted = false
    host.guest = null
    host.steal += now - host.idleSince
    host.idleSince = now
    this.next(host, now)
  }

  /** A CPU has no task to run: a vCPU gives its host CPU back, a host CPU turns to its waiting guests. */
  idle(cpu: Cpu, now: number): void {
    if (cpu.backing !== null) this.release(cpu, cpu.backing, now)
    else if (cpu.guest === null) this.next(cpu, now)
    else if (cpu.hasReady) this.poke(cpu.guest)
  }

  /** Somebody else wants the host CPU of this vCPU. */
  contended(vcpu: Cpu): boolean {
    const host = vcpu.backing
    return host !== null && vcpu.granted && (host.hasReady || host.guests.length > 0)
  }

  /** When a running vCPU has to make room; `never` when nobody waits for its host CPU. */
  turnEnds(vcpu: Cpu, never: number): number {
    return this.contended(vcpu) ? vcpu.backing!.sliceEnd : never
  }

  /** Time not available to a vCPU, or lent to guests by a host CPU, up to now. */
  stealOf(cpu: Cpu, now: number): number {
    if (cpu.guest !== null) return cpu.steal + now - cpu.idleSince
    return cpu.steal + (cpu.stealSince < 0 ? 0 : now - cpu.stealSince)
  }

  private next(host: Cpu, now: number): void {
    if (host.hasReady) return this.poke(host)
    const vcpu = host.guests.shift()
    if (vcpu === undefined) return
    this.grant(vcpu, host, now)
    vcpu.resume = true
    this.poke(vcpu)
  }

  /** A vCPU's wait ends when it runs. That may be later than the grant: the poke that resumes it may hide behind one that was sent before. */
  private endSteal(vcpu: Cpu, now: number): true {
    if (vcpu.stealSince >= 0) vcpu.steal += now - vcpu.stealSince
    vcpu.stealSince = -1
    return true
  }

  private grant(vcpu: Cpu, host: Cpu, now: number): void {
    host.idle += now - host.idleSince
    host.idleSince = now
    host.sliceEnd = now + SLICE_NS
    host.guest = vcpu
    vcpu.granted = true
  }
}
