/** `GET /v1/models`, as far as io.net documents it: name, model_id (UUID), supports_attestation. */

export interface Model {
  readonly name: string;
  readonly modelId: string;
  readonly attested: boolean;
}

export const MODELS: readonly Model[] = [
  { name: 'meta-llama/Llama-3.3-70B-Instruct', modelId: '6f1c7b8e-3d0a-4c55-9a3e-51a7e0c0a001', attested: true },
  { name: 'Qwen/Qwen3-Next-80B-A3B-Instruct', modelId: '6f1c7b8e-3d0a-4c55-9a3e-51a7e0c0a002', attested: true },
  { name: 'mistralai/Mistral-Nemo-Instruct-2407', modelId: '6f1c7b8e-3d0a-4c55-9a3e-51a7e0c0a003', attested: false },
];

export const modelList = (now: number): string =>
  JSON.stringify({
    object: 'list',
    data: MODELS.map((model) => ({
      id: model.name, object: 'model', created: Math.floor(now / 1000), owned_by: 'io-intelligence',
      name: model.name, model_id: model.modelId, supports_attestation: model.attested, context_window: 128_000, max_tokens: 8192,
    })),
  });
