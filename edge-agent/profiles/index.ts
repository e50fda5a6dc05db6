import type { ProfileName } from '@kuzet/contracts/site-file.ts';
import { canonical } from './canonical.ts';
import { chirpstack } from './chirpstack.ts';
import { milesight } from './milesight.ts';
import type { Profile } from './profile.ts';
import { theThingsStack } from './the-things-stack.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';

/** Every profile: a new one is one file, one line here, one file of fixtures. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  canonical,
  zigbee2mqtt,
  chirpstack,
  milesight,
  'the-things-stack': theThingsStack,
};
