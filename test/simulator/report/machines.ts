/** The machines behind the simulated services, and the models that they serve. */
import { MACHINES } from '../nvidia/evidence.ts';
import { FRONT_APP, GATEWAY_APP, MODEL_APP } from './software.ts';

export type Place = 'front' | 'gateway' | 'model';

export interface Node {
  readonly place: Place;
  /** Names the machine, its instance and its key. */
  readonly label: string;
  /** Empty for machines that serve none. */
  readonly model: string;
  readonly compose: string;
  /** The simulated machine whose GPUs it has, and which of them. */
  readonly gpus?: { readonly machine: string; readonly first: number; readonly count: number };
}

/** Stands before the gateway of the chat page; signs nothing. */
export const FRONT: Node = { place: 'front', label: 'near chat service', model: '', compose: FRONT_APP };
export const GATEWAY: Node = { place: 'gateway', label: 'near gateway', model: '', compose: GATEWAY_APP };

export const MODELS = ['deepseek-ai/DeepSeek-V3.1', 'Qwen/Qwen3-30B-A3B-Instruct-2507'] as const;
export type Model = (typeof MODELS)[number];

/** Other names under which a model may be asked for. */
const ALIASES: Readonly<Record<string, Model>> = { 'deepseek-v3.1': MODELS[0] };

const node = (model: Model, machine: string, first: number, label = `${model} on ${machine}`): Node => ({ place: 'model', label, model, compose: MODEL_APP, gpus: { machine, first, count: 2 } });

/** One machine for each model, and a second for the first. */
export const NODES: Readonly<Record<Model, readonly [Node, ...Node[]]>> = {
  [MODELS[0]]: [node(MODELS[0], MACHINES[0], 0), node(MODELS[0], MACHINES[0], 2, `${MODELS[0]}, second machine`)],
  [MODELS[1]]: [node(MODELS[1], MACHINES[1], 0)],
};

const isModel = (name: string): name is Model => MODELS.some((model) => model === name);

/** The model by any of its names. */
export const modelOf = (name: string): Model | undefined => (isModel(name) ? name : Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined);
export const otherModel = (model: Model): Model => (model === MODELS[0] ? MODELS[1] : MODELS[0]);
