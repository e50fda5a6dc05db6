/** Path of an installed Chromium, or null. */
export function findChromium(): string | null;
/** The same, installing the system's package where that is possible. */
export function findOrInstallChromium(): string | null;
