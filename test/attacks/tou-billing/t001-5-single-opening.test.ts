/**
 * T001-5, breaks B1.5 and B1.16: the ESP opens every single report, or has it opened as a "slot charge", as a charge that a verifier hands over, or as the total of an area that is none.
 * Attacker: the ESP; a verifier, a peer, or an AN with accomplices who use it as an oracle. The ESP itself has the one key: threshold opening is not in the product.
 */
import assert from 'node:assert/strict';
// First: it silences the contracts' decorators.
import { ContractBench } from '../../helpers/contract-bench.js';
import { espOpens, slotCharge } from '../../papers/tou-billing/billing.js';
import { price } from '../../papers/tou-billing/tariff.js';
import { chargedPeriod } from '../../helpers/billed-period.js';
import { METERS, PLAN, type BillingBench } from '../../helpers/billing-bench.js';
import { BillingParties, lyingLedger } from '../../helpers/billing-parties.js';
import { clientRefused, refused } from '../../helpers/refused.js';
import { toBase64url } from '@gridveil/chaincode/crypto/bytes.js';
import { packetOf, type BillingPacket } from '@gridveil/chaincode/crypto/tou-billing.js';
import type { BillingMeterKeyRecord } from '@gridveil/chaincode/domain/billing-parties.js';
import { generateBlsKey, type BlsKey } from '@gridveil/client/crypto/bls-key.js';
import { generateSigningKey, type KeyPair } from '@gridveil/client/crypto/curve25519.js';
import { makeBillingReport } from '@gridveil/client/crypto/tou-billing.js';
import { getBillingMeterKey, getSlotBlock, getSlotPackets } from '@gridveil/client/ledger/billing-queries.js';
import { billingMeterRegistration } from '@gridveil/client/parties/billing-registration.js';
import { privateKey, PRICES, publicKey, readings, ledger } from './printed.js';

describe('T001-5 single reports opened', function () {
  this.timeout(60_000);

  it('succeeds on the printed form: MT_i,γ of Eq. (16) divided by the price is the reading', () => {
    const seen = (ledger[1] ?? []).map(({ C, price: p }, h) => {
      assert.equal(p, price(PRICES, h + 1));
      return espOpens(publicKey, privateKey, slotCharge(publicKey, C, p)) / p;
    });
    assert.deepEqual(seen, readings[1]);
  });

  it('succeeds on the printed form: "re-decrypts Cha\'_k" opens whatever a verifier calls Cha\'_k', () => {
    const foreign = ledger[2]?.[7]?.C ?? 0n;
    assert.equal(espOpens(publicKey, privateKey, foreign), readings[2]?.[7]);
  });

  describe('product', () => {
    let bench: ContractBench;
    let billing: BillingBench;
    let parties: BillingParties;
    let slot: number;
    /** The one whose reading the attacker wants. */
    const victim = 'm2';

    before(async () => {
      bench = await ContractBench.open();
      ({ billing } = await chargedPeriod(bench));
      parties = await BillingParties.on(billing);
      slot = billing.firstSlot + 5;
    });
    after(async () => {
      await parties.close();
      await bench.close();
    });
    beforeEach(() => void (parties.opened.length = 0));

    const packetsOf = async (at = slot) => getSlotPackets(bench.sessions.esp1, billing.grid.id, at, 0);
    const shown = (packets: readonly BillingPacket[]) => ({
      packets: packets.map(({ ciphertext, proofDigest, signature, ...facts }) => ({
        ...facts,
        ciphertext: toBase64url(ciphertext),
        proofDigest: toBase64url(proofDigest),
        signature: toBase64url(signature),
      })),
    });

    /** A meter as a peer makes it up: any id, keys of its own, every proof that such keys can give. */
    function invented(meterId: string, signing: KeyPair = generateSigningKey(), epoch = 1) {
      const key = generateBlsKey();
      const made = billingMeterRegistration(billing.scope, { meterId, plan: PLAN, epoch }, key, signing);
      const record: BillingMeterKeyRecord = {
        ...{ meterId, plan: PLAN, epoch, fromSlot: 0, txId: '' },
        publicKey: toBase64url(made.publicKey),
        possession: toBase64url(made.possession),
        signature: toBase64url(made.signature),
        binding: toBase64url(made.binding),
        signingKey: toBase64url(signing.publicKey),
      };
      return { record, packet: (at: number) => zero(meterId, at, key, epoch), key };
    }

    /** A report of 0 Wh, so that what is left of a sum is the victim's. */
    function zero(meterId: string, at: number, key: BlsKey, epoch: number): BillingPacket {
      const bytes = makeBillingReport(billing.prover, key, billing.header(meterId, at, { epoch }), 0);
      return packetOf(billing.decode(bytes));
    }

    /** The ESP behind a peer that shows these packets of the slot, and these records of meters. */
    const espShown = (packets: readonly BillingPacket[], records: readonly BillingMeterKeyRecord[] = []) =>
      parties.esp(
        lyingLedger(bench.sessions.esp1, (name, { meterId, epoch }) => {
          if (name === 'GetSlotPackets') return shown(packets);
          if (name !== 'GetBillingMeterKey') return undefined;
          return records.find((record) => record.meterId === meterId && record.epoch === epoch);
        }),
      );
    const nothingOpened = async (at = slot) => {
      assert.deepEqual(parties.opened, [], 'nothing was decrypted');
      const { opening } = await getSlotBlock(bench.sessions.esp1, billing.grid.id, at);
      assert.equal(opening, undefined);
    };

    it('fails on the product: a peer surrounds one report with meters of its own', async () => {
      const own = (await packetsOf()).filter(({ meterId }) => meterId === victim);
      const others = ['z1', 'z2', 'z3'].map((id) => invented(id));
      const packets = [...own, ...others.map(({ packet }) => packet(slot))];
      const esp = espShown(
        packets,
        others.map(({ record }) => record),
      );
      await assert.rejects(esp.openArea(slot), clientRefused('METER_NOT_ENROLLED', { meterId: 'z1' }));
      await nothingOpened();
    });

    it('fails on the product: … or with enrolled meters under keys of its own', async () => {
      const own = (await packetsOf()).filter(({ meterId }) => meterId === victim);
      const names = METERS.filter((meterId) => meterId !== victim);
      const others = names.map((id) => invented(id));
      const packets = [...own, ...others.map(({ packet }) => packet(slot))];
      const records = others.map(({ record }) => record);
      await assert.rejects(
        espShown(packets, records).openArea(slot),
        clientRefused('METER_NOT_ENROLLED', { meterId: 'm1' }),
      );
      // It knows the true signing keys, since they are public, but has nothing they signed for its own.
      const enrolled = parties.enrolment().meters;
      const bound = await Promise.all(
        records.map(async (record) => {
          const { binding } = await getBillingMeterKey(
            bench.sessions.esp1,
            billing.grid.id,
            record.meterId,
            1,
          );
          return { ...record, binding, signingKey: enrolled.get(record.meterId)?.[0] ?? '' };
        }),
      );
      await assert.rejects(
        espShown(packets, bound).openArea(slot),
        refused('BAD_METER_BINDING', { meterId: 'm1' }),
      );
      await nothingOpened();
    });

    it('fails on the product: … or with copies of the same report, or of an accomplice', async () => {
      const packets = await packetsOf();
      const [accomplice, own] = packets;
      assert.ok(accomplice && own?.meterId === victim);
      const copies = [own, accomplice, accomplice, accomplice];
      await assert.rejects(
        espShown(copies).openArea(slot),
        refused('REPORT_EXISTS', { meterId: 'm1', slot }),
      );
      await assert.rejects(
        espShown([own, own, own, own]).openArea(slot),
        refused('REPORT_EXISTS', { meterId: victim }),
      );
      await nothingOpened();
    });

    it('fails on the product: an AN with minGroup - 1 accomplices makes a block of them and one meter', async () => {
      const at = billing.firstSlot + 6;
      const packets = (await packetsOf(at)).slice(0, 3);
      const facts = { slot: at, count: 3, registered: 4, needed: 4 };
      await assert.rejects(espShown(packets).openArea(at), refused('AREA_INCOMPLETE', facts));
      await nothingOpened(at);
    });

    it('fails on the product: a total that differs by one meter, after the ESP was started anew', async () => {
      const at = billing.firstSlot + 7;
      const packets = await packetsOf(at);
      const { energyWh } = await parties.esp().openArea(at);
      assert.ok(energyWh > 0n);
      const late = packets.map((packet) =>
        packet.meterId === 'm4' ? zero('m4', at, billing.meters.get('m4')?.bls as BlsKey, 1) : packet,
      );
      await parties.restartEsp();
      parties.opened.length = 0;
      await assert.rejects(espShown(late).openArea(at), refused('AREA_OPENING_EXISTS', { slot: at }));
      assert.deepEqual(parties.opened, []);
      assert.equal((await parties.esp().openArea(at)).energyWh, energyWh, 'the same again is no news');
    });

    it('fails on the product: the ESP hands out no opening that it could not write down', async () => {
      const at = billing.firstSlot + 8;
      await parties.close();
      await assert.rejects(parties.esp().openArea(at), RangeError);
      const { opening } = await getSlotBlock(bench.sessions.esp1, billing.grid.id, at);
      assert.equal(opening, undefined);
      await assert.rejects(parties.esp().openCharges(billing.tariffId, ['m1']), RangeError);
      await parties.restartEsp();
      await parties.esp().openArea(at);
    });

    it('fails on the product: a single report as the charge of a bill, whoever made the other slots up', async () => {
      const { esp1 } = bench.sessions;
      const { tariffId } = billing;
      const stolen = (await packetsOf()).find(({ meterId }) => meterId === victim);
      assert.ok(stolen);
      // A meter of the peer's own under an enrolled id: 0 Wh in every slot but the victim's one, which it signs as its own.
      const fake = invented('m3');
      const reports = billing.slots.map((at): BillingPacket & { slot: number } => ({
        ...fake.packet(at),
        slot: at,
        ...(at === slot ? { ciphertext: stolen.ciphertext } : {}),
      }));
      const items = shown(reports).packets.map((packet, i) => ({
        ...packet,
        ...{ slot: billing.slots[i], priceMicroPerWh: 1, charge: '' },
      }));
      const lying = lyingLedger(esp1, (name, { meterId }) => {
        if (meterId !== 'm3') return undefined;
        if (name === 'ListMeterPackets') return { items };
        return name === 'GetBillingMeterKey' ? fake.record : undefined;
      });
      await assert.rejects(
        parties.esp(lying).openCharges(tariffId, ['m3']),
        clientRefused('METER_NOT_ENROLLED', { meterId: 'm3' }),
      );
      // With the truth about packets and keys, no other ciphertext is a charge.
      const single = lyingLedger(esp1, (name) =>
        name === 'GetBill'
          ? {
              ...{ meterId: 'm3', tariffId, parts: [] },
              charge: {
                aggregator: 'fogA',
                term: 1,
                slots: 12,
                missing: 0,
                signature: '',
                charge: toBase64url(stolen.ciphertext),
              },
            }
          : undefined,
      );
      await assert.rejects(
        parties.esp(single).openCharges(tariffId, ['m3']),
        refused('CHARGE_MISMATCH', { meterId: 'm3' }),
      );
      assert.deepEqual(parties.opened, []);
    });
  });
});
