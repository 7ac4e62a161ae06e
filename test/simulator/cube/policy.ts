/**
 * Attestation policies as Cocos writes them: go-sev-guest's `check.Config` with `pcr_values` (snake_case, 64-bit numbers
 * bare, as its Rust tool and documents do), and go-tdx-guest's `checkconfig.Config` (lowerCamelCase). JSON as text: the
 * numbers are beyond what JavaScript's own can hold.
 */
import type { Switchboard } from '../faults.ts';
import type { Product } from '../pki/amd.ts';
import { tcbBytes } from '../pki/amd.ts';
import { GENOA, OTHER_SNP_MEASUREMENT, SNP_MEASUREMENT } from '../sevsnp/machine.ts';
import type { SnpMachine } from '../sevsnp/machine.ts';
import { MEASUREMENTS } from '../tdx/machine.ts';
import { bootEvents, OTHER_KERNEL, registers } from '../vtpm/boot.ts';
import type { Bank } from '../vtpm/tpm.ts';
import type { Domain } from './domains.ts';

/** Registers that a policy names: firmware, its configuration, loader, kernel. */
const NAMED = [0, 1, 2, 3, 4, 5, 6, 7, 9];
const PRODUCT_NUMBER: Readonly<Record<Product, number>> = { Milan: 1, Genoa: 2, Turin: 3 };

export interface PolicyVariant {
  /** Names other firmware and another kernel. */
  readonly changed?: boolean;
  /** As after a save by the web page: numbers went through a double. */
  readonly rounded?: boolean;
  /** No measurement and no registers. */
  readonly nameless?: boolean;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function pcrValues(bank: Bank, kernel: string | undefined): Readonly<Record<string, string>> {
  const values = registers(bootEvents(kernel), bank);
  return Object.fromEntries(NAMED.map((index) => [String(index), values.get(index)?.toString('hex') ?? '']));
}

function snpPolicy(domain: Domain, machine: SnpMachine, { changed = false, rounded = false, nameless = false }: PolicyVariant): string {
  const tcb = tcbBytes(machine.product, machine.tcb).readBigUInt64LE();
  const minimum = rounded ? String(Number(tcb)) : String(tcb);
  const measurement = changed ? OTHER_SNP_MEASUREMENT : SNP_MEASUREMENT;
  const kernel = changed ? OTHER_KERNEL : undefined;
  const pcrs = domain.platform !== 'snp' && !nameless ? { sha256: pcrValues('sha256', kernel), sha384: pcrValues('sha384', kernel) } : { sha256: null, sha384: null };
  const text = JSON.stringify({
    pcr_values: pcrs,
    policy: {
      family_id: base64(Buffer.alloc(16)), image_id: base64(Buffer.alloc(16)), ...(nameless ? {} : { measurement: base64(measurement), host_data: base64(Buffer.alloc(32)) }),
      minimum_build: machine.firmware.build, minimum_version: `${machine.firmware.major}.${machine.firmware.minor}`, minimum_tcb: 'NUMBER', minimum_launch_tcb: 'NUMBER',
      permit_provisional_firmware: true, policy: 0x3_0000, product: { name: PRODUCT_NUMBER[machine.product] }, require_author_key: false, require_id_block: false, vmpl: 0,
    },
    root_of_trust: { check_crl: true, disallow_network: false, product: machine.product, product_line: machine.product },
  });
  return text.replaceAll('"NUMBER"', minimum);
}

function tdxPolicy({ changed = false, nameless = false }: PolicyVariant): string {
  const { mrTd, mrSeam, rtmr0, rtmr1, rtmr2, rtmr3 } = MEASUREMENTS;
  return JSON.stringify({
    rootOfTrust: { cabundlePaths: [], cabundles: [], checkCrl: true, getCollateral: true },
    policy: {
      headerPolicy: { minimumQeSvn: 0, minimumPceSvn: 0, qeVendorId: 'k5pyM/ecTKmUCg2zlX8GBw==' },
      tdQuoteBodyPolicy: {
        mrSeam: base64(mrSeam), tdAttributes: base64(Buffer.from('0000001000000000', 'hex')), xfam: base64(Buffer.from('e702060000000000', 'hex')),
        ...(nameless ? {} : { mrTd: base64(changed ? OTHER_SNP_MEASUREMENT : mrTd), rtmrs: [rtmr0, rtmr1, rtmr2, rtmr3].map(base64) }),
      },
    },
  });
}

/** The text that a domain's policy endpoint hands out, or that its operator hands to people. */
export const policyText = (domain: Domain, variant: PolicyVariant = {}): string =>
  domain.platform === 'tdx' ? tdxPolicy(variant) : snpPolicy(domain, domain.machine ?? GENOA, variant);

/** The same with what is switched on; empty where no policy is stored. */
export function policyNow(domain: Domain, on: Switchboard): string {
  if (on.has('cube-policy-absent')) return '';
  return policyText(domain, { changed: on.has('cube-policy-changed'), rounded: on.has('cube-policy-rounded'), nameless: on.has('cube-policy-names-nothing') });
}
