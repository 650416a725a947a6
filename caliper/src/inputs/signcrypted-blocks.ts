/**
 * Blocks of signcrypted reports to submit, made before a round starts: real reports of every meter to three receivers, ten dimensions each, as the accounting node would submit them.
 *
 * Nonces come from the seed, so nothing here may ever seal a real reading. Cost: 2 ms for each report.
 */
import {
  blockReport,
  encodeReportBlock,
  reportBlockRoot,
  type BlockReport,
} from '@gridveil/chaincode/domain/report-block.js';
import type { SigncryptionPublicKey } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import { canonicalJson } from '@gridveil/chaincode/ledger/canonical-json.js';
import { ReportSealer } from '@gridveil/client/crypto/signcryption.js';
import type { RandomSource } from '@gridveil/client/crypto/ristretto-secret.js';
import type { Transaction } from '@gridveil/client/ledger/port.js';
import { encodeMeasurements } from '@gridveil/client/metering/dimensions.js';
import { SeededRandom } from '@gridveil/client/metering/seeded-random.js';
import { threePhaseHome, threePhaseMeasurements } from '@gridveil/client/metering/three-phase.js';
import { areaMeterId } from './billing-area.js';
import { seededBytes } from './seeded-bytes.js';
import {
  RECEIVERS,
  seededKeyCentre,
  seededSigncryptionKey,
  signcryptionKeySeed,
  type SigncryptedGrid,
} from './signcrypted-grid.js';

const HIGHEST_READING_WH = 3_600;
const TEN_DIMENSIONS = [
  ...(['energyWh', 'powerW', 'reactivePowerVar', 'frequencyMilliHz'] as const),
  ...(['voltageL1MilliV', 'voltageL2MilliV', 'voltageL3MilliV'] as const),
  ...(['currentL1MilliA', 'currentL2MilliA', 'currentL3MilliA'] as const),
];
export const SIGNCRYPTED_SLOT_SECONDS = 60;

export interface SigncryptedBlock {
  readonly slot: number;
  /** By meter id. */
  readonly reports: readonly BlockReport[];
  /** What all reports say together. */
  readonly energyWh: number;
}

interface SeededSealer {
  readonly sealer: ReportSealer;
  /** Where its nonces come from. */
  readonly random: { source: RandomSource };
}

export class SigncryptedBlocks {
  private constructor(
    private readonly grid: SigncryptedGrid,
    private readonly sealers: readonly SeededSealer[],
    private readonly receivers: readonly SigncryptionPublicKey[],
  ) {}

  /** Makes all keys of the grid. */
  static async open(grid: SigncryptedGrid): Promise<SigncryptedBlocks> {
    const master = (await seededKeyCentre(grid)).exportMaster();
    const receivers: SigncryptionPublicKey[] = [];
    for (const id of RECEIVERS)
      receivers.push((await seededSigncryptionKey(grid, master, 'receiver', id)).publicKey);
    const sealers: SeededSealer[] = [];
    for (let i = 0; i < grid.meters; i++) {
      const id = areaMeterId(i);
      const random = { source: signcryptionKeySeed(grid, 'sender', id) };
      const key = await seededSigncryptionKey(grid, master, 'sender', id, (size) => random.source(size));
      sealers.push({ sealer: await ReportSealer.create(key), random });
    }
    return new SigncryptedBlocks(grid, sealers, receivers);
  }

  /** The block of the slot that lies `index` before the newest one. */
  block(index: number): SigncryptedBlock {
    const { channel, grid, seed, newestSlot } = this.grid;
    const slot = newestSlot - index;
    const readings = new SeededRandom('signcrypted-block', seed, grid, String(slot));
    let energyWh = 0;
    const reports = this.sealers.map(({ sealer, random }, i) => {
      const readingWh = readings.between(0, HIGHEST_READING_WH);
      energyWh += readingWh;
      const meterId = areaMeterId(i);
      const facts = { meterId, slot, energyWh: readingWh, slotSeconds: SIGNCRYPTED_SLOT_SECONDS };
      const measured = threePhaseMeasurements(seed, threePhaseHome(seed, meterId), facts);
      const plaintext = encodeMeasurements(
        Object.fromEntries(TEN_DIMENSIONS.map((name) => [name, measured[name]])),
      );
      // The same report again for whoever asks for it, in whatever order.
      random.source = seededBytes('signcrypted-report', seed, grid, meterId, String(slot));
      return blockReport(
        sealer.seal(
          { channel, grid, slot },
          this.receivers.map((receiver) => ({ receiver, plaintext })),
        ),
      );
    });
    return { slot, reports, energyWh };
  }
}

/** The accounting node's transaction, as `submitReports` of the client makes it. */
export function signcryptedBlockCall(
  { channel, grid }: Pick<SigncryptedGrid, 'channel' | 'grid'>,
  { slot, reports }: SigncryptedBlock,
): Transaction {
  const digests = reports.map(({ digest }) => digest);
  const root = reportBlockRoot({ channel, grid }, slot, digests);
  return {
    contract: 'reports',
    name: 'SubmitReports',
    argument: canonicalJson({ grid, slot, root }),
    transient: { reports: encodeReportBlock(reports) },
  };
}
