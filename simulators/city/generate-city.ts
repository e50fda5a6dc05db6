import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SiteFile } from '@kuzet/contracts/site-file.ts';
import { Document, isScalar, stringify, visit } from 'yaml';
import { createCityBuilder } from './city-builder.ts';
import { planStreets } from './city-streets.ts';
import { planMall } from './mall.ts';
import { planPublicBuildings } from './public-buildings.ts';

export const cityFile = fileURLToPath(new URL('../../config/astana.site.yaml', import.meta.url));

const header = ` The demo city: what the edge agent looks after and what the simulators play. Written by \`npm run city\`;
 change simulators/city and run it again (a test compares the two).

 Every device, camera and address here is invented, and so are the mall, the school, the office tower and the hospital.
 Street geometry simplified from © OpenStreetMap contributors, ODbL.

 sites    places with an address; zones: the parts people name when they say where
 devices  expectedIntervalS: seconds between two readings at the most; profile: the format it speaks;
          topic: where its readings arrive (canonical devices: kuzet/v1/{site}/{device}/reading)
 cameras  onvif.address: the device service, which tells the addresses of main and small stream; or both themselves:
          rtsp.address and sub.address
 \${NAME:-default} is filled in from the environment.`;

/** The demo city as data. Always the same. */
export function generateCity(): SiteFile {
  const city = createCityBuilder();
  planStreets(city);
  planMall(city);
  planPublicBuildings(city);
  return city.file;
}

/** The site file as it stands in config/astana.site.yaml. */
export function renderCity(): string {
  const document = new Document(generateCity(), { aliasDuplicateObjects: false });
  document.commentBefore = header;
  visit(document, {
    Map(_, map) {
      if (map.items.every(({ value }) => isScalar(value)) && fitsOneLine(map.toJSON())) map.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** Small records stand on one line, as the project's formatter leaves them: 120 columns, less key and indent. */
const fitsOneLine = (record: object): boolean =>
  Object.keys(record).length <= 3 && stringify(record, { collectionStyle: 'flow', lineWidth: 0 }).length < 100;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(cityFile, renderCity());
  process.stdout.write(`${cityFile} written\n`);
}
