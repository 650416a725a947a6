/**
 * The product with one seeded fault each, to prove that the fault harness would notice. A mutant is an edit of a compiled file, made in memory by mutate.ts
 * when a test process loads it; the product has no switch for it.
 */

/** Texts of the compiled file and what replaces them; each must stand there exactly once. */
export type Edits = readonly (readonly [from: string, to: string])[];

export interface Mutant {
  readonly name: string;
  /** What its maker had in mind. */
  readonly fault: string;
  /** End of the compiled file's path. */
  readonly file: string;
  readonly edits: Edits;
  /** Compiled harness test below test/dist that must catch it. */
  readonly caughtBy: string;
}

const POWER_CUTS = 'property/parties/durable-fog-node.prop.test.js';
const LOST_ANSWERS = 'property/ledger/fabric/delivery.prop.test.js';
const LEADERS = 'contract/leader-history.test.js';
const FOG_NODE = 'client/dist/parties/fog-node.js';
const DURABLE = 'client/dist/parties/durable-fog-node.js';
const DELIVERY = 'client/dist/ledger/fabric/delivery.js';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no-dedupe',
    fault: 'a report that comes again is counted again',
    file: FOG_NODE,
    edits: [
      ['if (this.#isAgain(slot, meterId, leaf, bytes))', 'if (false)'],
      [
        '.set(meterId, { meterId, region, ciphertext: report.ciphertext, leaf, bytes })',
        '.set(`${meterId}#${this.#openSlot(slot).size}`, { meterId, region, ciphertext: report.ciphertext, leaf, bytes })',
      ],
    ],
    caughtBy: POWER_CUTS,
  },
  {
    name: 'no-sync',
    fault: 'the journal writes but never syncs',
    file: 'client/dist/journal/journal.js',
    edits: [['await this.#file.sync().catch((error) => this.#break(error));', '']],
    caughtBy: POWER_CUTS,
  },
  {
    name: 'acknowledges-before-write',
    fault: 'the receipt is signed while the report is still on its way into the journal',
    file: DURABLE,
    edits: [
      [
        'await Promise.all([this.#keep(taken, reports), ...earlier]);',
        'void this.#keep(taken, reports).catch(() => undefined);',
      ],
    ],
    caughtBy: POWER_CUTS,
  },
  {
    name: 'submits-before-close-is-kept',
    fault: 'a closed slot is submitted before the journal has it',
    file: DURABLE,
    edits: [
      [
        'await this.#journal.append([(0, fog_records_js_1.closedRecord)',
        'void this.#journal.append([(0, fog_records_js_1.closedRecord)',
      ],
    ],
    caughtBy: POWER_CUTS,
  },
  {
    name: 'forgets-reports-under-way-at-close',
    fault: 'a slot closes without the reports that are on their way into the journal, and they get receipts',
    file: DURABLE,
    edits: [
      ['await Promise.allSettled([...this.#pending.values()]);', ''],
      [
        'const closed = this.#node.close(slot);',
        'for (const id of this.#pending.keys()) this.#node.withdraw(Number(id.split("/")[0]), id.split("/")[1]); const closed = this.#node.close(slot);',
      ],
    ],
    caughtBy: POWER_CUTS,
  },
  {
    name: 'min-group-off-by-one-at-the-fog-node',
    fault: 'a fog node publishes a total over one report too few',
    file: 'client/dist/parties/closed-slot.js',
    edits: [['counted.length < grid.minGroup', 'counted.length < grid.minGroup - 1']],
    caughtBy: POWER_CUTS,
  },
  {
    name: 'min-group-off-by-one-on-the-ledger',
    fault: 'the ledger takes a total over one report too few',
    file: 'chaincode/dist/domain/region-total.js',
    edits: [['count < minGroup', 'count < minGroup - 1']],
    caughtBy: LEADERS,
  },
  {
    name: 'no-term-check',
    fault: 'a leader that was paused goes on after another one has been elected',
    file: 'chaincode/dist/domain/leadership.js',
    edits: [
      ['if (wanted < leader.term)', 'if (false)'],
      ['if (wanted !== leader.term || fogNode !== leader.leader)', 'if (wanted > leader.term)'],
    ],
    caughtBy: LEADERS,
  },
  {
    name: 'new-proposal-on-time-out',
    fault: 'a transaction without an answer is proposed anew instead of being submitted again',
    file: DELIVERY,
    edits: [['this.#unknown.set(call, transaction);', '']],
    caughtBy: LOST_ANSWERS,
  },
  {
    name: 'signed-bytes-are-not-kept',
    fault: 'a transaction is submitted without having been written down',
    file: DELIVERY,
    edits: [['await this.outbox.put(signed.getTransactionId(), signed.getBytes());', '']],
    caughtBy: LOST_ANSWERS,
  },
];
