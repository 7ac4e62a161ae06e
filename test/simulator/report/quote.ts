/** A dstack machine's quote: as the simulated hardware makes it, with this machine's registers in place of the usual ones, signed anew. */
import { derivedKey, signRaw } from '../pki/keys.ts';
import { UP_TO_DATE } from '../tdx/machine.ts';
import { tdxQuote } from '../tdx/quote.ts';
import type { QuoteOptions } from '../tdx/quote.ts';
import type { Registers } from './dstack.ts';

/** Of a v4 quote: header and TD report are signed, four bytes of length stand before the signature. */
const HEADER = 48;
const SIGNED = HEADER + 584;
const SIGNATURE = SIGNED + 4;
const MRTD = HEADER + 136;
const CONFIG_ID = HEADER + 184;
const RTMR0 = HEADER + 328;
/** dstack hands on a buffer longer than the quote. */
const PADDING = 70;

export function dstackQuote(options: Omit<QuoteOptions, 'version' | 'body' | 'padding' | 'tamper'>, { rtmr, mrConfigId }: Registers, tampered: boolean): Buffer {
  const quote = tdxQuote({ ...options, padding: PADDING });
  mrConfigId.copy(quote, CONFIG_ID);
  Buffer.concat(rtmr).copy(quote, RTMR0);
  signRaw(derivedKey(`attestation key/${(options.machine ?? UP_TO_DATE).label}`), quote.subarray(0, SIGNED)).copy(quote, SIGNATURE);
  if (tampered) quote[MRTD] = (quote[MRTD] ?? 0) ^ 1;
  return quote;
}
