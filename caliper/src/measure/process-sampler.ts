/**
 * CPU time and memory of named processes over time, from /proc. Caliper's own monitor knows neither threads' sum nor
 * memory (spec/caliper.md 4), and its edges are not those of a round: this one is asked for any span afterwards.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks: USER_HZ is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;
const SAMPLE_INTERVAL_MS = 250;

export interface WatchedProcess {
  /** `peer`, `orderer`, `chaincode`, `client`, `manager`: processes of a class are added up. */
  readonly processClass: string;
  readonly name: string;
  readonly pid: number;
}

interface Sample {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

export interface ProcessUse {
  readonly processClass: string;
  readonly name: string;
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

export class ProcessSampler {
  readonly #samples = new Map<number, { readonly process: WatchedProcess; readonly samples: Sample[] }>();
  readonly #findMore: () => readonly WatchedProcess[];
  #timer: NodeJS.Timeout | undefined;

  /** @param findMore - asked before each sample for processes that have come since */
  constructor(processes: readonly WatchedProcess[], findMore: () => readonly WatchedProcess[] = () => []) {
    for (const process of processes) this.#samples.set(process.pid, { process, samples: [] });
    this.#findMore = findMore;
  }

  start(): void {
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  /** What each process used from one moment to another (Unix ms), between samples in proportion. */
  use(fromMs: number, toMs: number): ProcessUse[] {
    return [...this.#samples.values()].map(({ process: { processClass, name }, samples }) => ({
      processClass,
      name,
      cpuMs: cpuAt(samples, toMs) - cpuAt(samples, fromMs),
      peakRssBytes: Math.max(
        0,
        ...samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).map(({ rssBytes }) => rssBytes),
      ),
    }));
  }

  #sample(): void {
    for (const process of this.#findMore()) {
      if (!this.#samples.has(process.pid)) this.#samples.set(process.pid, { process, samples: [] });
    }
    for (const [pid, { samples }] of this.#samples) {
      const sample = sampleOf(pid);
      if (sample !== undefined) samples.push(sample);
    }
  }
}

/** Child processes of a process, by pid. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

function sampleOf(pid: number): Sample | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name in parentheses: state is field 3 of proc(5), so utime (14) and stime (15) are at 11 and 12 here.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    const rssKb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return { atMs: Date.now(), cpuMs, rssBytes: Number(rssKb) * 1024 };
  } catch {
    return undefined;
  }
}

function cpuAt(samples: readonly Sample[], atMs: number): number {
  const after = samples.findIndex((sample) => sample.atMs >= atMs);
  const next = samples[after];
  const previous = samples[after - 1];
  if (next === undefined) return samples.at(-1)?.cpuMs ?? 0;
  if (previous === undefined) return next.cpuMs;
  const share = (atMs - previous.atMs) / (next.atMs - previous.atMs);
  return previous.cpuMs + share * (next.cpuMs - previous.cpuMs);
}
