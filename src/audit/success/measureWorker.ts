import { workerData } from "node:worker_threads";
import { serve } from "../../threads.js";
import { createMeasure, type MeasureRequest, type MeasureSetup } from "./measures.js";

const measure = createMeasure(workerData as MeasureSetup);
serve(({ texts }: MeasureRequest) => measure(texts));
