/**
 * Mocha reporter of a layer's process: one line for each file as it ends (each test with `verbose`), the failures in
 * full, and all results to the parent process.
 */
import { relative, sep } from 'node:path';
import Mocha from 'mocha';

export interface SkippedTest {
  readonly file: string;
  readonly title: string;
}

/** What the layer's process tells its parent after its last test. */
export interface LayerReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
  /** Sources that had at least one test. */
  readonly files: readonly string[];
}

interface FileCount {
  readonly file: string;
  readonly startedAtMs: number;
  passed: number;
  failed: number;
  skipped: number;
}

const { EVENT_SUITE_BEGIN, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } =
  Mocha.Runner.constants;

export default class LayerReporter extends Mocha.reporters.Base {
  readonly #verbose: boolean;
  readonly #skipped: SkippedTest[] = [];
  readonly #files = new Set<string>();
  #current: FileCount | undefined;

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    this.#verbose = (options.reporterOptions as { verbose?: string } | undefined)?.verbose === 'true';
    if (this.#verbose) new Mocha.reporters.Spec(runner, options);
    runner.on(EVENT_SUITE_BEGIN, ({ file }) => file !== undefined && this.#enter(file));
    runner.suite.eachTest(({ file }) => this.#files.add(sourceOf(file)));
    runner.on(EVENT_TEST_PASS, ({ file }) => this.#enter(file).passed++);
    runner.on(EVENT_TEST_FAIL, ({ file }) => this.#enter(file).failed++);
    runner.on(EVENT_TEST_PENDING, (test) => {
      this.#enter(test.file).skipped++;
      this.#skipped.push({ file: sourceOf(test.file), title: test.fullTitle() });
    });
    runner.once(EVENT_RUN_END, () => this.#end());
  }

  /** The count of this file; prints the line of the file before. */
  #enter(file: string | undefined): FileCount {
    const source = sourceOf(file);
    if (this.#current?.file !== source) {
      this.#printCurrent();
      this.#current = { file: source, startedAtMs: performance.now(), passed: 0, failed: 0, skipped: 0 };
    }
    return this.#current;
  }

  #printCurrent(): void {
    if (this.#current === undefined || this.#verbose) return;
    const { file, startedAtMs, passed, failed, skipped } = this.#current;
    const counts = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} FAILED`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ].join(', ');
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    process.stdout.write(`  ${file}: ${counts} (${seconds} s)\n`);
  }

  #end(): void {
    this.#printCurrent();
    if (!this.#verbose && this.failures.length > 0) Mocha.reporters.Base.list(this.failures);
    const report: LayerReport = {
      passed: this.stats.passes,
      failed: this.stats.failures,
      skipped: this.#skipped,
      files: [...this.#files],
    };
    process.send?.(report);
  }
}

/** `test/x.test.ts` of a compiled file. */
export function sourceOf(compiled: string | undefined): string {
  if (compiled === undefined) return 'outside any file';
  return relative(process.cwd(), compiled)
    .split(sep)
    .join('/')
    .replace(/^test\/dist\//, 'test/')
    .replace(/\.js$/, '.ts');
}
