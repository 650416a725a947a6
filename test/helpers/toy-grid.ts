/**
 * A whole grid with toy keys on an embedded ledger: three fog nodes with a region each, their meters, the MDMS, a leader.
 *
 * The contracts are the product's; only the accepted modulus size differs.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLedger } from '@gridveil/client/ledger/embedded/embedded-ledger.js';
import { AggregationContract } from '@gridveil/chaincode/contracts/aggregation.js';
import { LeadershipContract } from '@gridveil/chaincode/contracts/leadership.js';
import { RegistryContract } from '@gridveil/chaincode/contracts/registry.js';
import { bigintToBytes } from '@gridveil/chaincode/crypto/bytes.js';
import type { GridParameters } from '@gridveil/chaincode/domain/grid.js';
import { generateAgreementKey } from '@gridveil/client/crypto/curve25519.js';
import { generatePaillierKey, type PaillierPrivateKey } from '@gridveil/client/crypto/paillier-key.js';
import { proveModulus } from '@gridveil/client/crypto/modulus-proof.js';
import { PaillierEncryptor } from '@gridveil/client/crypto/paillier-encryptor.js';
import { openCiphertext } from '@gridveil/client/crypto/paillier-opening.js';
import { createGrid, grantRole, registerFogNode, registerMeters } from '@gridveil/client/ledger/calls.js';
import type { Ledger } from '@gridveil/client/ledger/port.js';
import { FogNode } from '@gridveil/client/parties/fog-node.js';
import { readGrid, type GridView } from '@gridveil/client/parties/grid-view.js';
import { LeaderCandidate } from '@gridveil/client/parties/leader.js';
import { Mdms } from '@gridveil/client/parties/mdms.js';
import {
  generateMeterKeys,
  Meter,
  meterRegistration,
  type MeterKeys,
} from '@gridveil/client/parties/meter.js';

export const TOY_BITS = 512;
export const RADIX_BITS = 40;
export const SLOT_SECONDS = 900;
export const REGIONS = ['north', 'east', 'south'];
export const METERS_PER_REGION = 3;
/** A slot that ended in 2024. */
export const SLOT = 1_900_000;

export class ToyRegistry extends RegistryContract {
  protected override readonly modulusBits = [TOY_BITS];
}

export const TOY_CONTRACTS = [ToyRegistry, LeadershipContract, AggregationContract];

export interface ToyGrid {
  readonly ledger: EmbeddedLedger;
  readonly privateKey: PaillierPrivateKey;
  readonly grid: GridView;
  /** Session of the organisation that owns the grid: roles mdms, registrar, auditor. */
  readonly owner: Ledger;
  readonly fogLedgers: readonly Ledger[];
  readonly fogNodes: readonly FogNode[];
  readonly meters: readonly Meter[];
  readonly meterKeys: ReadonlyMap<string, MeterKeys>;
  readonly fogAgreementKeys: readonly Uint8Array[];
  /** Elected. */
  readonly leader: LeaderCandidate;
  readonly candidates: readonly LeaderCandidate[];
  readonly mdms: Mdms;
  readonly encryptor: PaillierEncryptor;
  /** Fixed-width ciphertext of any plaintext, as a meter that breaks the rules makes it. */
  encrypt(plaintext: bigint): Uint8Array;
  /** Every meter reports `readingWh(meter number)` for the slot to its fog node. */
  reportAll(slot: number, readingWh: (index: number) => number): Promise<void>;
  /** Moves the clock of ledger and candidates on. */
  passTime(seconds: number): void;
  close(): Promise<void>;
}

export function toyParameters(key: PaillierPrivateKey, grid = 'toy'): GridParameters {
  return {
    grid,
    n: key.publicKey.n,
    hN: key.publicKey.hN,
    modulusProof: proveModulus(key),
    radixBits: RADIX_BITS,
    minGroup: 3,
    maxReadingWh: 50_000,
    maxMeters: 1000,
    slotSeconds: SLOT_SECONDS,
    maxSlotAgeSeconds: 5_000_000_000,
    leaseSeconds: 60,
    regions: REGIONS,
  };
}

let sharedKey: Promise<PaillierPrivateKey> | undefined;

/** One toy key for all tests of a process. */
export function toyKey(): Promise<PaillierPrivateKey> {
  return (sharedKey ??= generatePaillierKey(TOY_BITS));
}

export async function openToyGrid(): Promise<ToyGrid> {
  const folder = await mkdtemp(join(tmpdir(), 'gridveil-toy-'));
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const ledger = await EmbeddedLedger.open({
    folder,
    contracts: TOY_CONTRACTS,
    checkDeterminism: true,
    now: () => new Date(nowMs()),
  });
  const { membership } = ledger;
  const admins = { Org1MSP: await membership.admin('Org1MSP'), Org2MSP: await membership.admin('Org2MSP') };
  const owner = ledger.connect(await membership.enrol('Org1MSP', 'User1'));
  const fogLedgers = await Promise.all(
    REGIONS.map(async (_, j) =>
      ledger.connect(await membership.enrol(j % 2 === 0 ? 'Org2MSP' : 'Org1MSP', `Fog${j + 1}`)),
    ),
  );
  for (const role of ['mdms', 'registrar', 'auditor'] as const) {
    await grantRole(ledger.connect(admins.Org1MSP), owner.identity.subject, role);
  }
  for (const { identity } of fogLedgers) {
    await grantRole(ledger.connect(admins[identity.mspId as 'Org1MSP']), identity.subject, 'fog');
  }

  const privateKey = await toyKey();
  const parameters = toyParameters(privateKey);
  await createGrid(owner, parameters);
  const agreements = REGIONS.map(() => generateAgreementKey());
  for (const [j, region] of REGIONS.entries()) {
    await registerFogNode(owner, {
      grid: parameters.grid,
      fogNode: `fog-${j + 1}`,
      ...(fogLedgers[j] as Ledger).identity,
      regions: [region],
      agreementKey: (agreements[j] as (typeof agreements)[0]).publicKey,
    });
  }
  const grid = await readGrid(owner, parameters.grid);
  const encryptor = new PaillierEncryptor(grid.publicKey);
  const encrypt = (plaintext: bigint): Uint8Array =>
    bigintToBytes(encryptor.encrypt(plaintext), grid.publicKey.ciphertextBytes);

  const meterKeys = new Map<string, MeterKeys>();
  const meters: Meter[] = [];
  for (const [j, region] of REGIONS.entries()) {
    for (let i = 1; i <= METERS_PER_REGION; i++) {
      const meterId = `${region}-${i}`;
      const keys = generateMeterKeys();
      meterKeys.set(meterId, keys);
      await registerMeters(owner, parameters.grid, [
        meterRegistration(parameters.grid, { meterId, region, epoch: 1 }, keys),
      ]);
      meters.push(
        new Meter({
          meterId,
          region,
          epoch: 1,
          keys,
          grid,
          fogAgreementKey: (agreements[j] as (typeof agreements)[0]).publicKey,
          encrypt: (energyWh) => Promise.resolve(encrypt(BigInt(energyWh))),
        }),
      );
    }
  }
  const nowSeconds = (): number => (SLOT + 100) * SLOT_SECONDS;
  const fogNodes = REGIONS.map(
    (region, j) =>
      new FogNode({
        fogNode: `fog-${j + 1}`,
        regions: [region],
        agreement: agreements[j] as (typeof agreements)[0],
        ledger: fogLedgers[j] as Ledger,
        grid,
        nowSeconds,
      }),
  );
  for (const fogNode of fogNodes) await fogNode.syncMeters();
  const candidates = REGIONS.map(
    (_, j) => new LeaderCandidate(`fog-${j + 1}`, fogLedgers[j] as Ledger, grid, nowMs),
  );
  const leader = candidates[0] as LeaderCandidate;
  const term = (await leader.stand()) ?? 0;
  await candidates[1]?.vote(term, leader.fogNode);
  await leader.claim(term);

  return {
    ledger,
    privateKey,
    grid,
    owner,
    fogLedgers,
    fogNodes,
    meters,
    meterKeys,
    fogAgreementKeys: agreements.map((agreement) => agreement.publicKey),
    leader,
    candidates,
    mdms: new Mdms(owner, grid, (ciphertexts) =>
      Promise.resolve(ciphertexts.map((c) => openCiphertext(privateKey, c))),
    ),
    encryptor,
    encrypt,
    async reportAll(slot, readingWh) {
      for (const [index, meter] of meters.entries()) {
        const report = await meter.report(slot, readingWh(index));
        fogNodes[REGIONS.indexOf(meter.region)]?.receive(report);
      }
    },
    passTime(seconds) {
      aheadMs += seconds * 1000;
    },
    async close() {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
