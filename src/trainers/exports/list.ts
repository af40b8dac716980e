import { type Exporter, json } from "./consumers.js";

export const list: Exporter = (entries) => ({
  data: json(entries.map(({ gram }) => gram)),
  configuration: 'json.load(open("FILE"))',
});
