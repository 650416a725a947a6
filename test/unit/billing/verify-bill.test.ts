/** A bill exported from a ledger holds; every change of what the check depends on is found where it was made, by Gridveil and by a stranger. */
import assert from 'node:assert/strict';
import { checkPrimeSync } from 'node:crypto';
import fc from 'fast-check';
// First: it silences the contracts' decorators.
import { ContractBench } from '../../helpers/contract-bench.js';
import { METERS, type BillingBench } from '../../helpers/billing-bench.js';
import { billedPeriod, energyWhAt, ESTIMATE_WH, LOST, TOY_CHECK } from '../../helpers/billed-period.js';
import { TOY_BITS } from '../../helpers/bench-values.js';
import { clientRefused } from '../../helpers/refused.js';
import { strangerVerifyBill } from '../../helpers/stranger-bill.js';
import { fromBase64url, toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import {
  missingSlotsMessage,
  monthlyChargeMessage,
  registrationMessage,
} from '@gridveil/chaincode/crypto/tou-billing-messages.js';
import { payableMinorUnits } from '@gridveil/chaincode/domain/money.js';
import { priceMicroPerWh, tariffId } from '@gridveil/chaincode/domain/tariff.js';
import { parseBillEvidence, type BillEvidence } from '@gridveil/client/billing/bill-evidence.js';
import { exportBill } from '@gridveil/client/billing/export-bill.js';
import { findBill } from '@gridveil/client/billing/find-bill.js';
import { verifyBill } from '@gridveil/client/billing/verify-bill.js';
import { ClientError } from '@gridveil/client/errors.js';
import { generateBlsKey } from '@gridveil/client/crypto/bls-key.js';

type Document = BillEvidence;
/** [what, the change, where the check stops, words of the reason] */
type Mutation = readonly [what: string, change: (d: Document) => void, place: RegExp, reason: RegExp];

const plus = (text: string, add: bigint): string => String(BigInt(text) + add);

/** The code a check ends with; undefined when it passes. */
function finding(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ClientError, String(error));
    return error.code;
  }
}

/** A neighbour in the alphabet that differs in its last bit: for the last character of most fields a spare bit. */
function otherLast(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + (alphabet[alphabet.indexOf(text.at(-1) ?? '') ^ 1] ?? '');
}

describe('verify a bill', function () {
  this.timeout(120_000);
  let bench: ContractBench;
  let billing: BillingBench;
  let honest: BillEvidence;
  let other: BillEvidence;

  const evidenceOf = async (meterId: string) => {
    const ref = await findBill(bench.sessions.customer1, billing.grid.id, meterId, billing.tariffId);
    return (await exportBill(bench.sessions.customer1, ref)).evidence;
  };
  const check = (text: string) => verifyBill(parseBillEvidence(text), TOY_CHECK);
  const stranger = (text: string) => strangerVerifyBill(text, [TOY_BITS]);
  const packet = (d: Document, i: number) => d.packets[i] as Document['packets'][number];
  const band = (d: Document, i: number) =>
    d.tariff.table.bands[i] as Document['tariff']['table']['bands'][number];
  const meterKey = (d: Document) => d.meter.keys[0] as Document['meter']['keys'][number];
  const aggregator = (d: Document) => d.aggregators[0] as Document['aggregators'][number];
  const missingOf = (d: Document) => {
    assert.ok(d.missingSlots);
    return d.missingSlots;
  };
  const changed = (change: (d: Document) => void): string => {
    const document = structuredClone(honest);
    change(document);
    const text = JSON.stringify(document);
    assert.notEqual(text, JSON.stringify(honest), 'nothing was changed');
    return text;
  };

  /** What a dishonest aggregator can do with its own key: charge and missing slots signed anew. */
  const signAnew = (d: Document, key = billing.key('fogA')) => {
    const bill = { meterId: d.meter.meterId, tariffId: d.tariff.tariffId };
    const missing = d.missingSlots?.missing ?? [];
    const charge = fromBase64url(d.charge.ciphertext, 'ciphertext');
    const facts = { charge, slots: d.charge.slots, missing };
    d.charge.signature = toBase64url(key.sign(monthlyChargeMessage(billing.scope, d.charge, bill, facts)));
    if (!d.missingSlots) return;
    const { rule } = d.missingSlots;
    const message = missingSlotsMessage(billing.scope, d.missingSlots, bill, rule, missing);
    d.missingSlots.signature = toBase64url(key.sign(message));
  };
  /** What a dishonest ESP can do: open whatever stands there. */
  const openAnew = (d: Document) => {
    const { m, rho } = billing.openingOf(fromBase64url(d.charge.ciphertext, 'ciphertext'));
    d.opening.chargeMicro = String(m);
    d.opening.rho = String(rho);
    const { fixedChargeMicro, minorDigits } = d.tariff.table;
    d.opening.payableMinor = String(payableMinorUnits(m + BigInt(fixedChargeMicro), minorDigits));
  };

  before(async () => {
    bench = await ContractBench.open();
    billing = await billedPeriod(bench);
    honest = await evidenceOf('m1');
    other = await evidenceOf('m2');
  });
  after(() => bench.close());

  it('holds for every meter, for both verifiers, and comes to the clear sum', async () => {
    for (const meterId of METERS) {
      const evidence = await evidenceOf(meterId);
      const text = JSON.stringify(evidence);
      const expected = billing.slots.reduce((sum, slot, position) => {
        const energyWh = energyWhAt(meterId, position) ?? ESTIMATE_WH;
        return sum + BigInt(energyWh * priceMicroPerWh(billing.tariff, slot));
      }, 0n);
      const bill = check(text);
      const totalMicro = expected + BigInt(billing.tariff.fixedChargeMicro);
      assert.deepEqual(bill, {
        keyFingerprint: Buffer.from(bench.key.publicKey.fingerprint).toString('hex'),
        reported: meterId === 'm1' ? 11 : 12,
        missing: meterId === 'm1' ? [{ slot: billing.firstSlot + LOST, energyWh: ESTIMATE_WH }] : [],
        energyChargeMicro: expected,
        totalMicro,
        payableMinor: payableMinorUnits(totalMicro, 2),
      });
      assert.equal(stranger(text), undefined);
    }
  });

  const MUTATIONS: Readonly<Record<string, () => readonly Mutation[]>> = {
    'the key': () => {
      let prime = BigInt(honest.parameters.n) + 2n;
      while (!checkPrimeSync(prime)) prime += 2n;
      return [
        ['even', (d) => (d.parameters.n = plus(d.parameters.n, 1n)), /^parameters$/, /odd modulus/],
        ['tiny', (d) => (d.parameters.n = '15'), /^parameters$/, /has 4 bits/],
        ['another', (d) => (d.parameters.n = String(prime)), /^parameters$/, /proper Paillier modulus/],
        ['proof', (d) => d.parameters.modulusProof.reverse(), /^parameters$/, /proper Paillier modulus/],
      ];
    },
    scope: () => [
      ['channel', (d) => (d.parameters.channel += 'x'), /^meter\.keys\[0\]$/, /do not fit its BLS key/],
      ['grid', (d) => (d.parameters.grid += 'x'), /^meter\.keys\[0\]$/, /do not fit its BLS key/],
      [
        'slot length',
        (d) => (d.parameters.slotSeconds = 1800),
        /^tariff\.table$/,
        /slots of 900 s but grid .* has slots of 1800 s/,
      ],
      ['limit', (d) => (d.parameters.maxReadingWh = 1), /^opening$/, /more than 12 slots can cost/],
    ],
    'the tariff': () => [
      ['id', (d) => (d.tariff.tariffId = 'ab'.repeat(32)), /^tariff\.tariffId$/, /hash of this table/],
      ['a price', (d) => (band(d, 1).priceMicroPerWh = 420), /^tariff\.tariffId$/, /hash of this table/],
      ['a name', (d) => (band(d, 1).name = 'noon'), /^tariff\.tariffId$/, /hash of this table/],
      ['fixed charge', (d) => d.tariff.table.fixedChargeMicro++, /^tariff\.tariffId$/, /hash of this table/],
      [
        'slots',
        (d) => (d.tariff.table.bandOfSlot = [...d.tariff.table.bandOfSlot].reverse().join('')),
        /^tariff\.tariffId$/,
        /hash/,
      ],
      ['order', (d) => d.tariff.table.bands.reverse(), /^tariff\.table$/, /ascending|order/],
      ['a slot less', (d) => (d.tariff.table.bandOfSlot = '0'), /^tariff\.table$/, /slots/],
      [
        'published in the period',
        (d) => (d.tariff.publishedAtSeconds = d.tariff.table.periodStartSeconds),
        /^tariff\.publishedAtSeconds$/,
        /before its period/,
      ],
      ['plan', (d) => (d.tariff.plan = 'other'), /^packets\[0\]$/, /not of its plan "household"/],
      [
        'another table with its id',
        (d) => {
          band(d, 0).priceMicroPerWh = 200;
          d.tariff.tariffId = tariffId(d.tariff.table);
        },
        /^packets\[0\]\.signature$/,
        /slot \d+ from 20\d\d-.*signature.*\(11 slots have such a report\)/,
      ],
    ],
    'the meter': () => [
      ['id', (d) => (d.meter.meterId = 'm2'), /^meter\.keys\[0\]$/, /"m2" do not fit/],
      ['key epoch', (d) => (meterKey(d).epoch = 2), /^meter\.keys\[0\]$/, /do not fit/],
      [
        'possession',
        (d) => (meterKey(d).possession = meterKey(d).signature),
        /^meter\.keys\[0\]$/,
        /\(possession\)/,
      ],
      [
        'registration',
        (d) => (meterKey(d).signature = meterKey(d).possession),
        /^meter\.keys\[0\]$/,
        /\(signature\)/,
      ],
      [
        'another key',
        (d) => (meterKey(d).publicKey = toBase64url(generateBlsKey().publicKey)),
        /^meter\.keys\[0\]$/,
        /\(possession\)/,
      ],
      ['binding', (d) => (meterKey(d).binding = 'A'.repeat(86)), /^meter\.keys\[0\]$/, /has not signed/],
      [
        'signing key',
        (d) => (meterKey(d).signingKey = other.meter.keys[0]?.signingKey ?? ''),
        /^meter\.keys\[0\]$/,
        /has not signed/,
      ],
      ['key twice', (d) => d.meter.keys.push(meterKey(d)), /^meter\.keys\[1\]$/, /ascend/],
      [
        'a key of a registrar that has no meter',
        (d) => {
          const key = generateBlsKey();
          const facts = { kind: 'meter', id: 'm1', epoch: 1 } as const;
          const message = registrationMessage(billing.scope, facts, key.publicKey);
          Object.assign(meterKey(d), {
            publicKey: toBase64url(key.publicKey),
            possession: toBase64url(key.provePossession()),
            signature: toBase64url(key.sign(message)),
          });
        },
        /^meter\.keys\[0\]$/,
        /has not signed this BLS key/,
      ],
    ],
    'the aggregator': () => [
      ['id', (d) => (aggregator(d).aggregator = 'fogB'), /^aggregators\[0\]$/, /"fogB" do not fit/],
      [
        'possession',
        (d) => (aggregator(d).possession = aggregator(d).signature),
        /^aggregators\[0\]$/,
        /\(possession\)/,
      ],
      ['key twice', (d) => d.aggregators.push(aggregator(d)), /^aggregators$/, /without a key twice/],
      ['signer', (d) => (d.charge.aggregator = 'fogB'), /^charge$/, /"fogB" has no signing key/],
      ['epoch', (d) => (d.charge.epoch = 2), /^charge$/, /"fogA" has no signing key/],
      ['term', (d) => (d.charge.term = 2), /^charge\.signature$/, /"fogA" on the charge/],
      [
        'signature of another bill',
        (d) => (d.charge.signature = other.charge.signature),
        /^charge\.signature$/,
        /"fogA" on the charge/,
      ],
      [
        'a key that the ledger never registered',
        (d) => signAnew(d, generateBlsKey()),
        /^missingSlots\.signature$/,
        /"fogA"/,
      ],
      ['no point', (d) => (d.charge.signature = 'A'.repeat(128)), /^charge\.signature$/, /point/],
      ['a short one', (d) => (d.charge.signature = 'AAAA'), /^charge\.signature$/, /96 bytes/],
    ],
    packets: () => [
      [
        'swapped ciphertexts',
        (d) => {
          const [a, b] = [packet(d, 4), packet(d, 5)];
          [a.ciphertext, b.ciphertext] = [b.ciphertext, a.ciphertext];
        },
        /^packets\[4\]\.signature$/,
        /slot \d+ .*\(2 slots/,
      ],
      [
        'swapped slots (break B1.8)',
        (d) => {
          const [a, b] = [packet(d, 2), packet(d, 5)];
          [a.slot, b.slot] = [b.slot, a.slot];
          d.packets.sort((x, y) => x.slot - y.slot);
        },
        /^packets\[2\]\.signature$/,
        /\(2 slots/,
      ],
      [
        'signatures that cancel each other (break B1.2)',
        (d) => {
          const [a, b] = [packet(d, 2), packet(d, 5)];
          [a.signature, b.signature] = [b.signature, a.signature];
        },
        /^packets\[2\]\.signature$/,
        /\(2 slots/,
      ],
      [
        'a report of another meter',
        (d) => (d.packets[5] = structuredClone(other.packets[6]) as Document['packets'][number]),
        /^packets\[5\]\.signature$/,
        /The signature of the report of meter "m1" is wrong/,
      ],
      [
        'digest of the proof',
        (d) => (packet(d, 0).proofDigest = packet(d, 1).proofDigest),
        /^packets\[0\]\.signature$/,
        /wrong/,
      ],
      ['epoch', (d) => (packet(d, 3).epoch = 2), /^packets\[3\]$/, /keys of epoch 2/],
      ['a slot before', (d) => (packet(d, 0).slot -= 20), /^packets\[0\]$/, /not in the period/],
      ['a slot after', (d) => (packet(d, 10).slot += 20), /^packets\[10\]$/, /not in the period/],
      ['a slot twice', (d) => d.packets.splice(3, 0, packet(d, 2)), /^packets\[3\]$/, /already has a report/],
      ['order', (d) => d.packets.reverse(), /^packets\[1\]$/, /ascend/],
      ['a slot left out', (d) => d.packets.pop(), /^missingSlots$/, /2 slots|missing/],
      ['a short ciphertext', (d) => (packet(d, 1).ciphertext = 'AAAA'), /^packets\[1\]$/, /64 bytes/],
      [
        'base64url that is not canonical',
        (d) => (packet(d, 1).ciphertext = otherLast(packet(d, 1).ciphertext)),
        /^packets\[1\]$/,
        /base64url/,
      ],
      ['no point', (d) => (packet(d, 1).signature = '_'.repeat(128)), /^packets\[1\]\.signature$/, /point/],
    ],
    'missing slots': () => [
      ['removed', (d) => delete d.missingSlots, /^missingSlots$/, /1 slots .* are missing/],
      [
        'another estimate',
        (d) => {
          missingOf(d).missing = [{ slot: billing.firstSlot + LOST, energyWh: 0 }];
          signAnew(d);
        },
        /^missingSlots$/,
        /slot \d+ .*is not what the tariff rules/,
      ],
      [
        'another slot',
        (d) => {
          missingOf(d).missing = [{ slot: billing.firstSlot + LOST + 1, energyWh: ESTIMATE_WH }];
          signAnew(d);
        },
        /^missingSlots$/,
        /is not what the tariff rules/,
      ],
      [
        'a slot too many',
        (d) => {
          missingOf(d).missing.push({ slot: billing.firstSlot + LOST + 1, energyWh: ESTIMATE_WH });
          signAnew(d);
        },
        /^missingSlots$/,
        /and no other/,
      ],
      [
        'a copy instead',
        (d) => {
          missingOf(d).missing = [{ slot: billing.firstSlot + LOST, copyOfSlot: billing.firstSlot }];
          signAnew(d);
        },
        /^missingSlots$/,
        /is not what the tariff rules/,
      ],
      ['rule', (d) => (missingOf(d).rule = 'other-week'), /^missingSlots\.rule$/, /what the tariff rules/],
      [
        'signature',
        (d) => (missingOf(d).signature = d.charge.signature),
        /^missingSlots\.signature$/,
        /"fogA" on the missing slots/,
      ],
    ],
    'the charge': () => [
      [
        'of another meter, signed and opened (the malicious AN of section 4)',
        (d) => {
          d.charge.ciphertext = other.charge.ciphertext;
          signAnew(d);
          openAnew(d);
        },
        /^charge\.ciphertext$/,
        /not what its signed reports and the tariff give/,
      ],
      ['slots', (d) => (d.charge.slots = 11), /^charge\.slots$/, /not what its signed reports/],
      ['short', (d) => (d.charge.ciphertext = 'AAAA'), /^charge\.ciphertext$/, /64 bytes/],
    ],
    'the opening': () => [
      ['m', (d) => (d.opening.chargeMicro = plus(d.opening.chargeMicro, 1n)), /^opening$/, /do not open/],
      [
        'm plus N',
        (d) => (d.opening.chargeMicro = plus(d.opening.chargeMicro, BigInt(d.parameters.n))),
        /^opening$/,
        /do not open/,
      ],
      ['rho', (d) => (d.opening.rho = plus(d.opening.rho, 1n)), /^opening$/, /do not open/],
      [
        'rho plus N',
        (d) => (d.opening.rho = plus(d.opening.rho, BigInt(d.parameters.n))),
        /^opening$/,
        /do not open/,
      ],
      ['rho of 0', (d) => (d.opening.rho = '0'), /^opening$/, /do not open/],
      [
        'rounding',
        (d) => (d.opening.payableMinor = plus(d.opening.payableMinor, 1n)),
        /^opening\.payableMinor$/,
        /rounded once, that is \d+/,
      ],
    ],
  };

  for (const [what, list] of Object.entries(MUTATIONS))
    it(`names the first thing that is wrong with ${what}, and a stranger refuses it, too`, () => {
      for (const [title, change, place, reason] of list()) {
        const text = changed(change);
        assert.throws(
          () => check(text),
          (error) => {
            clientRefused('BILL_REJECTED')(error);
            const { facts } = error as { facts: Record<string, string> };
            assert.match(facts['place'] ?? '', place, title);
            assert.match(facts['reason'] ?? '', reason, title);
            return true;
          },
          title,
        );
        assert.notEqual(stranger(text), undefined, `the stranger takes ${title}`);
      }
    });

  it('does not depend on what only the ledger can vouch for', () => {
    const text = changed((d) => {
      for (const each of [d.tariff, meterKey(d), aggregator(d), missingOf(d), d.charge, d.opening])
        each.txId = 'other';
      d.tariff.publishedAtSeconds--;
      d.parameters.proofsCheckedBy = 'aggregators';
      d.parameters.maxReadingWh++;
    });
    check(text);
    assert.equal(stranger(text), undefined);
  });

  it('cannot tell from a file that a report was kept back together with its aggregator: the ledger has it', async () => {
    const forged = structuredClone(other);
    const [lost] = forged.packets.splice(LOST, 1);
    assert.ok(lost);
    forged.missingSlots = { ...missingOf(structuredClone(honest)) };
    const slots = new Map(forged.packets.map((each) => [each.slot, fromBase64url(each.ciphertext, 'c')]));
    const missing = [{ slot: lost.slot, energyWh: ESTIMATE_WH }];
    forged.missingSlots.missing = missing;
    forged.charge.ciphertext = toBase64url(billing.charge('m2', billing.withEstimates(slots, missing)));
    signAnew(forged);
    openAnew(forged);
    assert.equal(check(JSON.stringify(forged)).reported, 11);
    assert.equal((await evidenceOf('m2')).packets.length, 12);
  });

  it('agrees with the stranger about any change of one character', () => {
    const text = JSON.stringify(honest);
    fc.assert(
      fc.property(
        fc.nat({ max: text.length - 2 }),
        fc.constantFrom(...'019AZaz-_"{}[],.'),
        (at, character) => {
          const other = text.slice(0, at) + character + text.slice(at + 1);
          const ours = finding(() => check(other));
          // A stranger need not insist on the form of the document, only on what it says.
          if (ours === 'EVIDENCE_MALFORMED') return;
          const theirs = stranger(other);
          assert.equal(ours === undefined, theirs === undefined, `${at} ${character}: ${theirs ?? ours}`);
        },
      ),
      { numRuns: 60 },
    );
  });

  const MALFORMED: readonly (readonly [string, (text: string) => string])[] = [
    ['an empty file', () => ''],
    ['a list', (text) => `[${text}]`],
    ['another schema', (text) => text.replace('bill-evidence/v1', 'bill-evidence/v2')],
    ['another scheme', (text) => text.replace('tou-billing', 'fog-aggregation')],
    ['an unknown field', (text) => text.replace('"scheme"', '"more":1,"scheme"')],
    ['a missing field', (text) => text.replace(/"rho":"\d+",/, '')],
    ['an unknown field of the table', (text) => text.replace('"bands"', '"more":1,"bands"')],
    ['a price of 0', (text) => text.replace(/"priceMicroPerWh":\d+/, '"priceMicroPerWh":0')],
    ['m as a number', (text) => text.replace(/"chargeMicro":"\d+"/, '"chargeMicro":1')],
    ['a negative m', (text) => text.replace('"chargeMicro":"', '"chargeMicro":"-')],
    ['an id with a control character', (text) => text.replace('"m1"', '"m\\u0007"')],
    [
      'a tariff id in capitals',
      (text) => text.replace(/"tariffId":"[0-9a-f]+"/, `"tariffId":"${'AB'.repeat(32)}"`),
    ],
    ['no packets', (text) => text.replace(/"packets":\[.*?\]/s, '"packets":[]')],
    ['a missing slot that counts twice', (text) => text.replace('"energyWh":', '"copyOfSlot":1,"energyWh":')],
  ];
  for (const [what, change] of MALFORMED)
    it(`refuses ${what} as no evidence`, () => {
      const text = JSON.stringify(honest);
      assert.notEqual(change(text), text);
      assert.throws(() => check(change(text)), clientRefused('EVIDENCE_MALFORMED'));
    });
});
