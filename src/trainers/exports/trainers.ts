/** The trainers that a module of integrations/python has a wiring for. */
export const TRAINERS = [
  "trl",
  "verl",
  "openrlhf",
  "slime",
  "prime-rl",
  "skyrl",
  "rllm",
  "ms-swift",
  "nemo-rl",
  "unsloth",
  "textpolicy",
  "retrain",
] as const;
export type Trainer = (typeof TRAINERS)[number];
