/** An AMD SEV-SNP report: decoded fields, the firmware's version numbers side by side, certificates, AMD's list. */
import type { Check } from '../../../checks/check';
import type { SnpClaims, SnpFacts } from '../../../evidence/sevsnp/types';
import { literal, type MessageKey, type Phrase, text } from '../../i18n/text';
import { drawnKind, type Kind } from '../outcome';
import type { Line } from '../rail';
import { type CertificateRow, commonName } from './certificates';
import { type FactRow, type Judged, judgedBy, nonceName, onOff, saidRow, valueRow } from './facts';
import type { ListRow } from './firmware';

const TCB_PARTS = ['fmc', 'bl', 'tee', 'snp', 'ucode'] as const;
export const TCB_KINDS = ['reported', 'committed', 'current', 'launch'] as const;

export interface TcbRow {
  readonly part: MessageKey;
  /** In the order of `TCB_KINDS`; `differs` from the reported one. */
  readonly numbers: readonly { readonly value: number | undefined; readonly differs: boolean }[];
}

export interface SnpModel {
  readonly facts: readonly FactRow[];
  readonly tcb: readonly TcbRow[];
  readonly tcbJudged: Judged | undefined;
  readonly certificates: readonly CertificateRow[];
  readonly lists: readonly ListRow[];
}

const kindOf = (checks: readonly Check[], id: string): Kind => {
  const check = checks.find((c) => c.id === id);
  return check === undefined ? 'unknown' : drawnKind(check);
};

function platformWords({ platform, platformUnnamed }: SnpFacts): Phrase {
  const unnamed = platformUnnamed === '0' ? [] : [text('fact_snp_platform_unnamed', { bits: `0x${platformUnnamed}` })];
  const said = [...platform.map((bit): Phrase => ({ key: `platform_${bit}` })), ...unnamed];
  return said.length === 0 ? text('fact_snp_platform_none') : { key: 'count_row', args: { row: { kind: 'row', value: said } } };
}

const ZEROS = /^(00)+$/;

function policyRows({ policy, debug }: SnpClaims, facts: SnpFacts | undefined, checks: readonly Check[]): readonly FactRow[] {
  const guest = facts?.guestPolicy;
  return [
    ...saidRow('fact_snp_policy', literal(`0x${policy}`), judgedBy(checks, 'policy.guest')),
    ...saidRow('fact_debug', onOff(debug)),
    ...(guest === undefined
      ? []
      : [
          ...saidRow('fact_snp_migration', text(guest.migrationAgent ? 'fact_snp_migration_some' : 'fact_snp_migration_none')),
          ...saidRow('fact_snp_threads', text(guest.smt ? 'fact_snp_threads_shared' : 'fact_snp_threads_alone')),
          ...saidRow('fact_snp_socket', text(guest.singleSocket ? 'fact_snp_socket_single' : 'fact_snp_socket_any')),
        ]),
  ];
}

function factRows(claims: SnpClaims, facts: SnpFacts | undefined, checks: readonly Check[], nonce: string, shownElsewhere: ReadonlySet<string>): readonly FactRow[] {
  const masked = ZEROS.test(claims.chipId);
  return [
    ...saidRow('fact_kind', text('snp_kind', { version: String(claims.version) }), judgedBy(checks, 'report.signature')),
    ...valueRow(nonceName(checks), nonce === '' ? undefined : nonce, judgedBy(checks, 'nonce', 'reportdata')),
    ...saidRow('fact_snp_product', claims.product === undefined ? text('fact_snp_product_unknown') : literal(claims.product)),
    ...(masked ? saidRow('fact_snp_chip', text('fact_snp_chip_masked'), judgedBy(checks, 'vek.binding')) : valueRow('fact_snp_chip', claims.chipId, judgedBy(checks, 'vek.binding'))),
    ...saidRow('fact_snp_key', { key: `fact_snp_key_${claims.keyKind}` }),
    ...saidRow('fact_snp_csp', facts?.cspId === undefined ? undefined : literal(facts.cspId)),
    ...saidRow('fact_snp_vmpl', text('fact_snp_vmpl_value', { level: String(claims.vmpl) }), judgedBy(checks, 'policy.vmpl')),
    ...(shownElsewhere.has('measurement') ? [] : valueRow('fact_snp_measurement', claims.measurement, judgedBy(checks, 'measurement'))),
    ...(shownElsewhere.has('hostData') ? [] : valueRow('fact_snp_host_data', claims.hostData)),
    ...policyRows(claims, facts, checks),
    ...(facts === undefined
      ? []
      : [
          ...saidRow('fact_snp_platform', platformWords(facts), judgedBy(checks, 'policy.platform')),
          ...saidRow('fact_snp_svn', literal(String(facts.guestSvn))),
          ...valueRow('fact_snp_family_id', facts.familyId),
          ...valueRow('fact_snp_image_id', facts.imageId),
          ...valueRow('fact_snp_id_key', facts.idKeyDigest),
          ...valueRow('fact_snp_author_key', facts.authorKeyDigest),
          ...valueRow('fact_snp_report_id', facts.reportId),
          ...saidRow('fact_snp_firmware', text('fact_snp_firmware_value', { current: facts.currentVersion, committed: facts.committedVersion })),
          ...(facts.mitigations === undefined ? [] : saidRow('fact_snp_mitigations', text('fact_snp_mitigations_value', { launch: `0x${facts.mitigations.launch}`, current: `0x${facts.mitigations.current}` }))),
        ]),
  ];
}

function tcbRows(claims: SnpClaims): readonly TcbRow[] {
  const levels = [claims.reportedTcb, claims.committedTcb, claims.currentTcb, claims.launchTcb];
  return TCB_PARTS.filter((part) => levels.some((level) => level[part] !== undefined)).map((part) => ({
    part: `snp_part_${part}`,
    numbers: levels.map((level) => ({ value: level[part], differs: level[part] !== claims.reportedTcb[part] })),
  }));
}

const line = (kind: Kind): Line => (kind === 'pass' ? 'solid' : kind === 'unknown' ? 'wait' : 'none');

/** AMD's root, of which only the key is pinned, then the intermediate, the chip's own, and the report. */
function certificateRows(facts: SnpFacts | undefined, checks: readonly Check[], simulated: boolean): readonly CertificateRow[] {
  if (facts === undefined || facts.certificates.length === 0) return [];
  const [chain, revoked, signature] = [kindOf(checks, 'vek.chain'), kindOf(checks, 'vek.revocation'), kindOf(checks, 'report.signature')];
  const { root } = facts;
  const dates = ({ notBefore, notAfter }: SnpFacts['certificates'][number]): Phrase =>
    text('cert_valid', { from: { kind: 'date', value: Date.parse(notBefore) }, to: { kind: 'date', value: Date.parse(notAfter) } });
  const revocation: Phrase = revoked === 'pass' ? text('cert_not_revoked') : revoked === 'fail' ? text('cert_revoked') : text('cert_revocation_open');
  const rows: readonly Omit<CertificateRow, 'up'>[] = [
    ...(root === undefined ? [] : [{ name: literal(commonName(root.subject)), kind: chain, notes: [text(simulated ? 'cert_pinned_simulator_amd' : 'cert_pinned_key')], fingerprint: root.fingerprint }]),
    ...facts.certificates.map((fact) => ({
      name: literal(commonName(fact.subject)),
      kind: fact.role === 'ask' && chain === 'pass' && revoked === 'fail' ? revoked : chain,
      notes: fact.role === 'ask' ? [revocation, dates(fact)] : [text('cert_snp_no_entry'), dates(fact), ...(kindOf(checks, 'vek.binding') === 'pass' ? [text('cert_names_chip')] : [])],
      fingerprint: fact.fingerprint,
      serial: fact.serial,
    })),
    { name: text('cert_snp_report'), kind: signature, notes: [text(signature === 'pass' ? 'cert_snp_report_good' : signature === 'fail' ? 'cert_snp_report_bad' : 'cert_snp_report_open')] },
  ];
  return rows.map((row, i) => ({ ...row, up: i === 0 ? undefined : line(i === rows.length - 1 ? signature : chain) }));
}

function listsOf(facts: SnpFacts | undefined, now: number): readonly ListRow[] {
  const crl = facts?.crl;
  if (crl === undefined) return [];
  const [issued, next, number] = [Date.parse(crl.issued), Date.parse(crl.next), Number.parseInt(crl.number ?? '', 16)];
  return [{ name: 'list_amd_crl', issued, next, overdue: next < now, ...(Number.isSafeInteger(number) ? { number } : {}) }];
}

/** `now`: ms since the epoch; `shownElsewhere`: names of fields that the software's section shows; `reportData`: no section of the key takes it apart. */
export function snpOf(claims: SnpClaims, facts: SnpFacts | undefined, of: { readonly checks: readonly Check[]; readonly nonce: string; readonly shownElsewhere: ReadonlySet<string>; readonly now: number; readonly simulated: boolean; readonly reportData: boolean }): SnpModel {
  return {
    facts: [...factRows(claims, facts, of.checks, of.nonce, of.shownElsewhere), ...(of.reportData ? valueRow('key_report_data', claims.reportData, judgedBy(of.checks, 'reportdata')) : [])],
    tcb: tcbRows(claims),
    tcbJudged: judgedBy(of.checks, 'tcb'),
    certificates: certificateRows(facts, of.checks, of.simulated),
    lists: listsOf(facts, of.now),
  };
}
