/** The file with which a person says which software they expect: Assay's reference values for the simulated machines. */
import { MEASUREMENTS } from '../tdx/machine.ts';
import { bootLog, composeHash, extended } from './dstack.ts';
import { ACI_APP, FRONT_APP, GATEWAY_APP, MODEL_APP } from './software.ts';

export interface Reference {
  readonly dialect: string;
  readonly role: 'gateway' | 'model';
  readonly kind: 'dstack-app';
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly properties: Readonly<Record<string, boolean>>;
  readonly source: 'imported';
  readonly note: string;
}

const APPS = [
  { role: 'gateway', compose: FRONT_APP, properties: {}, note: 'simulated chat service' },
  { role: 'gateway', compose: GATEWAY_APP, properties: { verifiesModel: true }, note: 'simulated gateway' },
  { role: 'model', compose: MODEL_APP, properties: { collectsOwnGpu: true }, note: 'simulated inference proxy' },
] as const;
const ACI = [{ role: 'gateway', compose: ACI_APP, properties: { verifiesModel: true }, note: 'simulated ACI gateway' }] as const;

/** `dialect`: of the profile that they serve. The chat service before the gateway is a gateway to the verifier. */
export const references = (dialect: string): readonly Reference[] =>
  (dialect === 'aci' ? ACI : APPS).map(({ role, compose, properties, note }) => {
    const [rtmr0, rtmr1, rtmr2] = extended(bootLog({ compose, instance: '' }));
    const values = { mrTd: [MEASUREMENTS.mrTd.toString('hex')], rtmr0: [rtmr0.toString('hex')], rtmr1: [rtmr1.toString('hex')], rtmr2: [rtmr2.toString('hex')], composeHash: [composeHash(compose)] };
    return { dialect, role, kind: 'dstack-app', values, properties, source: 'imported', note };
  });
