/**
 * Messages that are picked by data: by the id of a check, a register, the type of an event. Which of them the locale file
 * has is known here without asking the browser: Firefox writes an error for every key that is asked for and missing.
 */
import { literal, type MessageKey, type Phrase } from './text';

type PickedKey = Extract<MessageKey, `check_${string}` | `pcr_${string}` | `event_${string}`>;

/** The compiler wants every such key of the locale file, and no other. */
const PICKED: Readonly<Record<PickedKey, 1>> = {
  check_ak: 1, check_ak_binding: 1, check_answer: 1, check_answer_model: 1, check_answer_relayed: 1, check_answer_relayed_evidence: 1, check_answer_upstream: 1, check_channel: 1, check_chipid: 1,
  check_clock: 1, check_cocos: 1, check_compose: 1, check_compose_config: 1, check_compose_images: 1, check_compose_started: 1, check_coverage: 1, check_doc: 1, check_evidence_claimed: 1,
  check_eventlog: 1, check_eventlog_order: 1, check_evidence: 1, check_evidence_time: 1, check_format: 1, check_gpu: 1, check_gpu_binding: 1, check_gpu_chain: 1,
  check_gpu_fwid: 1, check_gpu_measurements: 1, check_gpu_nonce: 1, check_gpu_parse: 1, check_gpu_policy: 1, check_gpu_policy_driver: 1, check_gpu_revocation: 1,
  check_gpu_rim_driver: 1, check_gpu_rim_vbios: 1, check_gpu_second_opinion: 1, check_gpu_signature: 1, check_guestpolicy: 1, check_hostdata: 1, check_idblock: 1,
  check_image: 1, check_key_binding: 1, check_key_encryption: 1, check_key_keyset: 1, check_key_model: 1, check_key_role: 1, check_key_secret_cert: 1,
  check_key_secret_signature: 1, check_key_session: 1, check_list: 1, check_list_count: 1, check_list_duplicates: 1, check_list_endorsements: 1, check_list_family: 1,
  check_list_switches: 1, check_manifest_history: 1, check_manifest_parse: 1, check_manifest_pin: 1, check_manifest_policies: 1, check_measurement: 1, check_meshca: 1,
  check_mitigation: 1, check_nonce: 1, check_parse: 1, check_pck_chain: 1, check_pck_revocation: 1, check_pcr: 1, check_platform: 1, check_policy: 1,
  check_policy_attributes: 1, check_policy_debug: 1, check_policy_guest: 1, check_policy_platform: 1, check_policy_servicetd: 1, check_policy_vmpl: 1,
  check_policy_xfam: 1, check_qe_binding: 1, check_qe_report: 1, check_qeidentity: 1, check_quote_signature: 1, check_replay: 1, check_report_signature: 1,
  check_reportdata: 1, check_request_hash: 1, check_response_hash: 1, check_signature: 1, check_signer: 1, check_signer_model: 1, check_software: 1,
  check_software_claimed: 1, check_software_registers: 1, check_switch: 1, check_switch_chain: 1, check_switch_fwid: 1, check_switch_measurements: 1,
  check_switch_nonce: 1, check_switch_parse: 1, check_switch_revocation: 1, check_switch_rim_vbios: 1, check_switch_signature: 1, check_tcb: 1, check_tcbinfo: 1,
  check_tdx_module: 1, check_vek: 1, check_vek_binding: 1, check_vek_chain: 1, check_vek_revocation: 1, check_vmpl: 1, check_vtpm_quote_nonce: 1,
  check_vtpm_quote_signature: 1, event_EV_ACTION: 1, event_EV_COMPACT_HASH: 1, event_EV_CPU_MICROCODE: 1, event_EV_EFI_ACTION: 1,
  event_EV_EFI_BOOT_SERVICES_APPLICATION: 1, event_EV_EFI_BOOT_SERVICES_DRIVER: 1, event_EV_EFI_GPT_EVENT: 1, event_EV_EFI_HANDOFF_TABLES: 1,
  event_EV_EFI_HANDOFF_TABLES2: 1, event_EV_EFI_HCRTM_EVENT: 1, event_EV_EFI_PLATFORM_FIRMWARE_BLOB: 1, event_EV_EFI_PLATFORM_FIRMWARE_BLOB2: 1,
  event_EV_EFI_RUNTIME_SERVICES_DRIVER: 1, event_EV_EFI_VARIABLE_AUTHORITY: 1, event_EV_EFI_VARIABLE_BOOT: 1, event_EV_EFI_VARIABLE_BOOT2: 1,
  event_EV_EFI_VARIABLE_DRIVER_CONFIG: 1, event_EV_EVENT_TAG: 1, event_EV_IPL: 1, event_EV_IPL_PARTITION_DATA: 1, event_EV_NONHOST_CODE: 1, event_EV_NONHOST_CONFIG: 1,
  event_EV_NONHOST_INFO: 1, event_EV_NO_ACTION: 1, event_EV_OMIT_BOOT_DEVICE_EVENTS: 1, event_EV_PLATFORM_CONFIG_FLAGS: 1, event_EV_POST_CODE: 1,
  event_EV_PREBOOT_CERT: 1, event_EV_SEPARATOR: 1, event_EV_S_CRTM_CONTENTS: 1, event_EV_S_CRTM_VERSION: 1, event_EV_TABLE_OF_DEVICES: 1, event_number: 1, event_size: 1,
  event_text: 1, event_unexplained: 1, pcr_0: 1, pcr_1: 1, pcr_10: 1, pcr_11: 1, pcr_12: 1, pcr_13: 1, pcr_14: 1, pcr_15: 1, pcr_16: 1, pcr_2: 1, pcr_23: 1, pcr_3: 1,
  pcr_4: 1, pcr_5: 1, pcr_6: 1, pcr_7: 1, pcr_8: 1, pcr_9: 1, pcr_late: 1, pcr_undefined: 1,
};

const isPicked = (key: string): key is PickedKey => Object.hasOwn(PICKED, key);

/** The first of these messages that is there; else the data itself. */
export function firstOf(keys: readonly string[], otherwise: string): Phrase {
  const key = keys.find(isPicked);
  return key === undefined ? literal(otherwise) : { key };
}
