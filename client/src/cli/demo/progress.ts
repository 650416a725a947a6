/** Progress on stderr: a bar on a terminal, plain lines elsewhere. */
import { SingleBar } from 'cli-progress';
import type { DemoProgress } from './fog-aggregation.js';

/** Elsewhere than on a terminal, a line for every so much of the work. */
const LINE_EVERY = 0.25;

export function demoProgress(stream: NodeJS.WriteStream = process.stderr): DemoProgress & { stop(): void } {
  return stream.isTTY ? new BarProgress(stream) : new LineProgress(stream);
}

class BarProgress implements DemoProgress {
  readonly #bar: SingleBar;
  #running = false;

  constructor(private readonly stream: NodeJS.WriteStream) {
    this.#bar = new SingleBar({
      stream,
      format: '  [{bar}] {value}/{total} readings',
      barsize: 40,
      hideCursor: true,
    });
  }

  stage(text: string): void {
    this.stream.write(`- ${text}\n`);
  }

  advance(doneReadings: number, allReadings: number): void {
    if (!this.#running) this.#bar.start(allReadings, 0);
    this.#running = true;
    this.#bar.update(doneReadings);
  }

  stop(): void {
    if (this.#running) this.#bar.stop();
  }
}

class LineProgress implements DemoProgress {
  #next = LINE_EVERY;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  stage(text: string): void {
    this.stream.write(`- ${text}\n`);
  }

  advance(doneReadings: number, allReadings: number): void {
    if (doneReadings / allReadings < this.#next) return;
    this.stream.write(`  ${doneReadings} of ${allReadings} readings encrypted\n`);
    while (this.#next <= doneReadings / allReadings) this.#next += LINE_EVERY;
  }

  stop(): void {
    // Lines need no end.
  }
}
