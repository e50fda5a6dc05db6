// The hub as a process of its own, for tests that kill it. Argument: one JSON of `ChildHub`. Says `up` when it
// answers.
import { startTestHub } from './test-hub.ts';

export interface ChildHub {
  dataDir: string;
  httpPort: number;
  mqttPort: number;
  evidence: { preS: number; postS: number; followS: number; longestS: number };
}

const { dataDir, httpPort, mqttPort, evidence } = JSON.parse(process.argv[2] as string) as ChildHub;
await startTestHub({
  dataDir,
  config(config) {
    config.http.port = httpPort;
    config.mqtt.port = mqttPort;
    config.evidence = { ...config.evidence, ...evidence };
  },
});
process.stdout.write('up\n');
