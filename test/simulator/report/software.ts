/** What the simulated machines run, as dstack's `app_compose`: JSON text whose every byte is measured. */
import { labelled } from '../pki/keys.ts';

const digest = (image: string): string => `sha256:${labelled(`image digest/${image}`, 32).toString('hex')}`;

/** `pinned`: the image is named by its content, not by a tag. */
function appCompose(name: string, image: string, pinned = true): string {
  const file = `services:\n  ${name}:\n    image: ${image}${pinned ? `@${digest(image)}` : ':latest'}\n    restart: always\n    ports:\n      - "443:8000"\n    volumes:\n      - /var/run/dstack.sock:/var/run/dstack.sock\n`;
  return JSON.stringify({
    manifest_version: 2, name, runner: 'docker-compose', docker_compose_file: file, kms_enabled: true, gateway_enabled: false, local_key_provider_enabled: false,
    public_logs: true, public_sysinfo: true, allowed_envs: ['API_TOKEN'], no_instance_id: false, secure_time: false,
  }, null, 4);
}

export const FRONT_APP = appCompose('chat-api', 'simulator/chat-api');
export const GATEWAY_APP = appCompose('cloud-api', 'simulator/cloud-api');
export const MODEL_APP = appCompose('inference-proxy', 'simulator/inference-proxy');
/** The gateway that speaks ACI. */
export const ACI_APP = appCompose('private-ai-gateway', 'simulator/private-ai-gateway');
/** Signs any number that its caller sends, as io.net's agent does. */
export const AGENT_APP = appCompose('attestation-agent', 'simulator/cc-attestation-agent-api');
/** Other software than anyone was told of. */
export const OTHER_APP = appCompose('inference-proxy', 'simulator/inference-proxy-that-keeps-a-copy');
/** The proxy by its tag: whatever is published under it next is started too. */
export const UNPINNED_APP = appCompose('inference-proxy', 'simulator/inference-proxy', false);
