import { expect, it } from "vitest";
import { afterTranscript } from "../../../src/traces/shapes/templates.js";

const Q = "Let me know what 7-3 is.";
const A = "Wait, I should check the sign.";

it.each([
  `<|im_start|>user\n${Q}<|im_end|>\n<|im_start|>assistant\n${A}`,
  `<|start|>system<|message|>Be kind.<|end|><|start|>user<|message|>${Q}<|end|><|start|>assistant<|channel|>analysis<|message|>${A}<|end|>`,
  `<|channel|>analysis<|message|>${A}<|end|><|start|>assistant<|channel|>commentary to=functions.look<|message|>{"at": "${Q}"}<|call|>`,
  `[gMASK]<sop><|user|>\n${Q}<|assistant|>\n${A}`,
  `<|header_start|>user<|header_end|>\n\n${Q}<|eot|><|header_start|>assistant<|header_end|>\n\n${A}`,
  `Below is an instruction that describes a task.\n\n### Instruction:\n${Q}\n\n### Response:\n${A}`,
  `### Human: ${Q}\n### Assistant: ${A}`,
  `A chat between a curious user and an assistant. USER: ${Q} ASSISTANT: ${A}`,
  `USER: ${Q} ASSISTANT: ${A}`,
  `GPT4 Correct User: ${Q}<|end_of_turn|>GPT4 Correct Assistant: ${A}`,
  `<BOS_TOKEN><|START_OF_TURN_TOKEN|><|USER_TOKEN|>${Q}<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>${A}`,
  `<|start_of_role|>user<|end_of_role|>${Q}<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>${A}`,
  `<|im_user|>user<|im_middle|>${Q}<|im_end|><|im_assistant|>assistant<|im_middle|>${A}`,
  `[|user|]${Q}\n[|assistant|]${A}`,
  `<extra_id_0>System\n\n<extra_id_1>User\n${Q}\n<extra_id_1>Assistant\n${A}`,
])("keeps what the model said of %j", (text) => {
  expect(afterTranscript(text).trim()).toBe(A);
});

it.each([`${A} ### Response: 4`, "USERS: all of them", "#1 is the first", "A chat is no proof. USER: nobody"])(
  "leaves %j alone",
  (text) => {
    expect(afterTranscript(text)).toBe(text);
  },
);
