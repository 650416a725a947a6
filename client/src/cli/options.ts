/** Parsers for option values; each says what it takes when it gets something else. */
import { ClientError } from '../errors.js';

export function integerOption(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      throw new ClientError('OPTION_INVALID', { option, allowed: `an integer from ${min} to ${max}` });
    }
    return value;
  };
}

export function choiceOption<const T extends string>(
  option: string,
  choices: readonly T[],
): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined)
      throw new ClientError('OPTION_INVALID', { option, allowed: choices.join(' or ') });
    return choice;
  };
}

/** An empty name would be the folder the command is run in. */
export function folderOption(option: string): (text: string) => string {
  return (text) => {
    if (text === '') throw new ClientError('OPTION_INVALID', { option, allowed: 'the name of a folder' });
    return text;
  };
}

/** Bits of a Paillier modulus. */
export function bitsOption(text: string): number {
  return Number(choiceOption('--bits', ['2048', '3072'])(text));
}
