/** Event types of the TCG boot log by name, and their data where people can read it. */
import { toHex } from '../../encoding/hex';
import type { BootEvent } from './event-log';
import type { BootEventFact } from './types';

const NAMES: Readonly<Record<number, string>> = {
  0x0000_0000: 'EV_PREBOOT_CERT', 0x0000_0001: 'EV_POST_CODE', 0x0000_0003: 'EV_NO_ACTION', 0x0000_0004: 'EV_SEPARATOR', 0x0000_0005: 'EV_ACTION',
  0x0000_0006: 'EV_EVENT_TAG', 0x0000_0007: 'EV_S_CRTM_CONTENTS', 0x0000_0008: 'EV_S_CRTM_VERSION', 0x0000_0009: 'EV_CPU_MICROCODE',
  0x0000_000a: 'EV_PLATFORM_CONFIG_FLAGS', 0x0000_000b: 'EV_TABLE_OF_DEVICES', 0x0000_000c: 'EV_COMPACT_HASH', 0x0000_000d: 'EV_IPL', 0x0000_000e: 'EV_IPL_PARTITION_DATA',
  0x0000_000f: 'EV_NONHOST_CODE', 0x0000_0010: 'EV_NONHOST_CONFIG', 0x0000_0011: 'EV_NONHOST_INFO', 0x0000_0012: 'EV_OMIT_BOOT_DEVICE_EVENTS',
  0x8000_0001: 'EV_EFI_VARIABLE_DRIVER_CONFIG', 0x8000_0002: 'EV_EFI_VARIABLE_BOOT', 0x8000_0003: 'EV_EFI_BOOT_SERVICES_APPLICATION',
  0x8000_0004: 'EV_EFI_BOOT_SERVICES_DRIVER', 0x8000_0005: 'EV_EFI_RUNTIME_SERVICES_DRIVER', 0x8000_0006: 'EV_EFI_GPT_EVENT', 0x8000_0007: 'EV_EFI_ACTION',
  0x8000_0008: 'EV_EFI_PLATFORM_FIRMWARE_BLOB', 0x8000_0009: 'EV_EFI_HANDOFF_TABLES', 0x8000_000a: 'EV_EFI_PLATFORM_FIRMWARE_BLOB2',
  0x8000_000b: 'EV_EFI_HANDOFF_TABLES2', 0x8000_000c: 'EV_EFI_VARIABLE_BOOT2', 0x8000_0010: 'EV_EFI_HCRTM_EVENT', 0x8000_00e0: 'EV_EFI_VARIABLE_AUTHORITY',
};

const MAX_TEXT = 200;

/** An event for the evidence page. */
export function eventFact({ pcr, type, digests, data }: BootEvent): BootEventFact {
  const text = readableText(data);
  return {
    pcr,
    type: NAMES[type] ?? `0x${type.toString(16).padStart(8, '0')}`,
    digests: Object.fromEntries([...digests].map(([bank, digest]) => [bank, toHex(digest)])),
    ...(text === undefined ? {} : { text }),
    size: data.length,
  };
}

/** Printable ASCII, one NUL at the end allowed; `undefined` for anything else. */
function readableText(data: Uint8Array): string | undefined {
  const content = data.at(-1) === 0 ? data.subarray(0, -1) : data;
  const head = content.subarray(0, MAX_TEXT);
  return content.length > 0 && head.every((octet) => octet >= 0x20 && octet < 0x7f) ? String.fromCharCode(...head) : undefined;
}
