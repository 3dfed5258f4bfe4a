/** A button that turns one switch: what `POST /sandbox/faults` gets, without the vendor. */
export type Preset = { title: string; request: Record<string, unknown> };

export type PresetGroup = { title: string; presets: Preset[] };
