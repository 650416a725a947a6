/**
 * The equipment supplier (ES of paper 002, section V.C): looks after devices, files what happens to them, and seals what it says about a fault to those entitled.
 *
 * Holds: its receiving key (as a `ReportReader`), its sending key, its identity on the ledger.
 */
import type { SigncryptionPublicKey } from '@gridveil/chaincode/crypto/signcryption-keys.js';
import type { EquipmentEvent } from '@gridveil/chaincode/domain/regulation-equipment.js';
import type { ContentStore } from '../content/content-store.js';
import type { StoredReceipt } from '../ledger/billing-calls.js';
import type { Ledger } from '../ledger/port.js';
import { fileEquipmentEvent, listEquipmentEvents } from '../ledger/regulation-calls.js';
import type { SealedSender } from './sealed-sender.js';
import { encodeSealedJson } from './sealed-texts.js';
import type { SigncryptionView } from './signcryption-view.js';

export interface EquipmentSupplierOptions {
  readonly ledger: Ledger;
  readonly view: SigncryptionView;
  readonly sender: SealedSender;
  /** Ids of receivers that fault reports are sealed to. */
  readonly entitled: readonly string[];
  readonly store?: ContentStore;
  readonly nowSeconds: () => number;
}

/** What is told about a fault. */
export interface Fault {
  readonly deviceId: string;
  readonly event: EquipmentEvent;
  readonly place: string;
  readonly type: string;
}

export class EquipmentSupplier {
  readonly #options: EquipmentSupplierOptions;

  constructor(options: EquipmentSupplierOptions) {
    this.#options = options;
  }

  /** Files the next event of a device. @throws StateConflictError TRANSITION_FORBIDDEN, EQUIPMENT_EVENT_ORDER when somebody else was faster */
  async file({ deviceId, event, place, type }: Fault): Promise<StoredReceipt> {
    const { ledger, view, sender, entitled, store, nowSeconds } = this.#options;
    const { grid, storage } = view.terms;
    const number = (await listEquipmentEvents(ledger, grid, deviceId)).length + 1;
    const atSeconds = nowSeconds();
    const report = encodeSealedJson({ device: deviceId, place, type, number, atSeconds });
    const receivers: SigncryptionPublicKey[] = entitled.map((id) => view.receiver(id));
    const sealed = sender.seal(receivers, report, atSeconds);
    if (storage === 'digest') await store?.put(sealed);
    return fileEquipmentEvent(ledger, { grid, deviceId, event, number }, sealed);
  }
}
