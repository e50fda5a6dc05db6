import type { Incident } from '@kuzet/contracts/incident.ts';
import { useEffect, useRef } from 'preact/hooks';
import { type CityMap, type CityMapOptions, createCityMap, type MapFocus } from '../map/city-map.ts';
import { language } from './i18n.ts';
import type { LiveClient } from './live-client.ts';

interface MapViewProps {
  live: LiveClient;
  incidents: Incident[];
  focusIncident: Incident | null;
  /** Cameras with their numbers on screen, in order. */
  numbered: string[];
  onSelect?: CityMapOptions['onSelect'];
}

/** The shared map as a desk shows it: movable, names in the desk's language. */
export function MapView({ live, incidents, focusIncident, numbered, onSelect }: MapViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const map = useRef<CityMap | null>(null);
  const select = useRef(onSelect);
  select.current = onSelect;

  useEffect(() => {
    const element = host.current as HTMLDivElement;
    const made = createCityMap(element, {
      language: language.value,
      fontSize: 14,
      interactive: true,
      onSelect: (kind, id) => select.current?.(kind, id),
    });
    map.current = made;
    return () => {
      made.destroy();
      map.current = null;
    };
  }, []);

  const lang = language.value;
  useEffect(() => map.current?.setLanguage(lang), [lang]);

  const devices = live.tables.device.value;
  useEffect(() => map.current?.update({ devices: devices.values() }), [devices]);

  const cameras = live.tables.camera.value;
  useEffect(() => map.current?.update({ cameras: cameras.values() }), [cameras]);

  const focusKey = focusIncident?.id ?? '';
  const position = focusIncident?.position ?? null;
  useEffect(() => {
    const focus: MapFocus | null = position ? { position, ring500m: true } : null;
    map.current?.update({ focus, focusIncidentId: focusKey || null });
  }, [focusKey, position?.lon, position?.lat]);

  const numberedKey = numbered.map((id) => `${id}:${cameras.get(id)?.state}`).join();
  useEffect(() => {
    map.current?.update({
      numberedCameras: numbered.map((id, index) => ({
        id,
        number: index + 1,
        working: cameras.get(id)?.state === 'live',
      })),
    });
  }, [numberedKey]);

  useEffect(() => map.current?.update({ incidents }), [incidents]);

  return <div class="map-view" ref={host} />;
}
