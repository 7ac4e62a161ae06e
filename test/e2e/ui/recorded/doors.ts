/** The doors of a plain web page: recorded answers in, what a person did out (window.deeds, for tests). */
import messages from '../../../../assets/_locales/en/messages.json';
import { CodedError } from '../../../../src/checks/error';
import { DEFAULT_SETTINGS, type Settings } from '../../../../src/records/settings';
import type { Doors } from '../../../../src/ui/doors';
import { catalogueI18n } from '../../../../src/ui/i18n/catalogue';
import type { BackgroundClient, RequestOf, RequestType, ResponseOf } from '../../../../src/watch/protocol';
import type { EvidenceView, TabSnapshot } from '../../../../src/watch/snapshot';
import { NOW } from './snapshots';

type Answers = { readonly [T in RequestType]?: (request: RequestOf<T>) => ResponseOf<T> };

export interface Recording {
  readonly direction: 'ltr' | 'rtl';
  readonly theme: Settings['theme'];
  readonly snapshot?: TabSnapshot;
  readonly answers?: Answers;
  readonly settings?: Partial<Settings>;
  /** What judging files gives. */
  readonly files?: EvidenceView;
  /** Every request is refused, as when the background is gone. */
  readonly broken?: boolean;
  /** The user says no to the browser's question. */
  readonly refuses?: boolean;
}

declare global {
  interface Window {
    /** What was done through the doors, in order. */
    deeds: unknown[];
  }
}

export function recordedDoors(recording: Recording): Doors {
  window.deeds = [];
  const did = (what: string, ...with_: readonly unknown[]): void => void window.deeds.push([what, ...with_]);
  let settings: Settings = { ...DEFAULT_SETTINGS, services: ['ionet'], theme: recording.theme, ...recording.settings };
  const common: Answers = {
    'tab.get': () => recording.snapshot ?? refuse('INTERNAL_ERROR'),
    'settings.get': () => settings,
    'settings.set': ({ patch }) => (settings = { ...settings, ...patch }),
    'tab.recheck': () => null,
    'tab.stop': () => null,
    'tab.acknowledge': () => null,
    'consent.set': () => null,
    'key.set': () => null,
    'reference.remove': () => null,
    'records.clear': () => null,
  };
  const client: BackgroundClient = {
    ask<T extends RequestType>(type: T, request: RequestOf<T>): Promise<ResponseOf<T>> {
      did(type, request);
      const given: Answers = { ...common, ...recording.answers };
      const answer = given[type];
      if (recording.broken === true || answer === undefined) return Promise.reject(new CodedError('INTERNAL_ERROR', type));
      return new Promise((resolve) => {
        resolve(answer(request));
      });
    },
    watchTab: () => () => undefined,
  };
  return {
    client,
    i18n: catalogueI18n(messages, 'en', recording.direction),
    permissions: {
      request: (origins) => (did('permissions.request', origins), Promise.resolve(recording.refuses !== true)),
      remove: (origins) => (did('permissions.remove', origins), Promise.resolve(true)),
      onChange: () => () => undefined,
    },
    openPage: (target) => (did('openPage', target), Promise.resolve()),
    copy: (text) => (did('copy', text), Promise.resolve()),
    save: (file) => (did('save', file.name, file.content.length), Promise.resolve()),
    checkFiles: (files) => (did('checkFiles', files.report.name, files.policy?.name ?? null, files.reportData?.length ?? 0, files.nonce?.length ?? 0), recording.files === undefined ? Promise.reject(new CodedError('STORAGE_FAILED')) : Promise.resolve(recording.files)),
    now: () => NOW,
    currentTab: () => Promise.resolve(1),
    reloadTab: (tabId) => (did('reloadTab', tabId), Promise.resolve()),
    close: () => did('close'),
  };
}

function refuse(code: 'INTERNAL_ERROR'): never {
  throw new CodedError(code);
}
