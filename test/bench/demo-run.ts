/** One run of the demo as a user starts it: wall time from process start to exit, and the most memory it held. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const GRIDVEIL = join(__dirname, '..', '..', '..', 'client', 'bin', 'gridveil.js');

export interface DemoCost {
  readonly seconds: number;
  readonly residentMb: number;
}

/** @throws Error when the demo fails or a total is not equal. */
export async function runDemoProcess(args: readonly string[]): Promise<DemoCost> {
  const home = mkdtempSync(join(tmpdir(), 'gridveil-bench-demo-'));
  const probe = join(home, 'probe.cjs');
  const memory = join(home, 'memory');
  writeFileSync(
    probe,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(memory)}, String(process.resourceUsage().maxRSS)));`,
  );
  try {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--require', probe, GRIDVEIL, 'demo', '--json', ...args], {
      env: { ...process.env, GRIDVEIL_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
    const seconds = (performance.now() - startedAt) / 1000;
    const allEqual = code === 0 && (JSON.parse(stdout.join('')) as { allEqual: boolean }).allEqual;
    if (!allEqual) throw new Error(`gridveil demo ${args.join(' ')} failed: ${stderr.join('')}`);
    return { seconds, residentMb: Number(readFileSync(memory, 'utf8')) / 1024 };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function collect(stream: NodeJS.ReadableStream): string[] {
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return chunks;
}
