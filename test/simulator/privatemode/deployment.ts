/** Privatemode's deployment: one manifest, nobody who could set another, machines with GPUs. */
import type { Deployment } from '../contrast/deployment.ts';

/** The DNS name that the key service alone has in the mesh. */
export const SECRET_SERVICE = 'secret.privatemode.ai';

export const PRIVATEMODE: Deployment = {
  label: 'privatemode', version: 'v1.20.0', platform: 'Metal-QEMU-SNP-GPU', updatable: false,
  workloads: [
    { id: 'apps/v1/StatefulSet/continuum/coordinator', names: ['coordinator'], coordinator: true },
    { id: 'apps/v1/StatefulSet/continuum/secret-service', names: ['root', 'secret-service', SECRET_SERVICE] },
    { id: 'apps/v1/Deployment/continuum/workload', names: ['continuum-etcd-client', 'workload'] },
  ],
};

export const PRIVATEMODE_MODELS = ['gpt-oss-120b', 'qwen3-coder-30b-a3b'] as const;
