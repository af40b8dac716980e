import { workerData } from "node:worker_threads";
import { serve } from "../threads.js";
import { type MarkingSetup, type MarkRequest, markerOf } from "./marker.js";

const marker = markerOf(workerData as MarkingSetup);
serve(({ texts }: MarkRequest) => texts.map((text) => marker.mark(text)));
