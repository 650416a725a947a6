/** What the attacks on the product of paper 002 share: the outcome of the checks every accounting node and endorser makes. */
import { decodeSigncryptedReport } from '@gridveil/chaincode/crypto/signcryption.js';
import {
  findBadSigncryptedReports,
  type SigncryptionDirectory,
} from '@gridveil/chaincode/crypto/signcryption-check.js';
import { GridveilError } from '@gridveil/chaincode/errors.js';
import { SCOPE, SLOT } from '../../helpers/toy-signcryption.js';

/** For each report, as it was sent, `accepted` or the code it is refused with. */
export function outcomes(
  directory: SigncryptionDirectory,
  encoded: readonly Uint8Array[],
  slot = SLOT,
): string[] {
  const decoded = encoded.map((bytes) => {
    try {
      return decodeSigncryptedReport(bytes);
    } catch (error) {
      if (error instanceof GridveilError) return error.code;
      throw error;
    }
  });
  const reports = decoded.filter((one) => typeof one !== 'string');
  const bad = findBadSigncryptedReports(SCOPE, slot, reports, directory);
  return decoded.map((one) =>
    typeof one === 'string'
      ? one
      : (bad.find(({ index }) => reports[index] === one)?.refusal.code ?? 'accepted'),
  );
}
