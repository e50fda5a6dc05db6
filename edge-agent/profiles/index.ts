import type { ProfileName } from '@kuzet/contracts/site-file.ts';
import { canonical } from './canonical.ts';
import { chirpstack } from './chirpstack.ts';
import { homeAssistant } from './home-assistant.ts';
import { milesight } from './milesight.ts';
import { panelMagazino } from './panel-magazino.ts';
import { panelPai } from './panel-pai.ts';
import type { Profile } from './profile.ts';
import { sensorthings } from './sensorthings.ts';
import { shelly } from './shelly.ts';
import { sparkplugB } from './sparkplug-b.ts';
import { tasmota } from './tasmota.ts';
import { theThingsStack } from './the-things-stack.ts';
import { tuyaFire } from './tuya-fire.ts';
import { zigbee2mqtt } from './zigbee2mqtt.ts';

/** Every profile: a new one is one file, one line here, one file of fixtures. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  canonical,
  zigbee2mqtt,
  'home-assistant': homeAssistant,
  chirpstack,
  milesight,
  'the-things-stack': theThingsStack,
  'sparkplug-b': sparkplugB,
  tasmota,
  shelly,
  'tuya-fire': tuyaFire,
  'panel-magazino': panelMagazino,
  'panel-pai': panelPai,
  sensorthings,
};
