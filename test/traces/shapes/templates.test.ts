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
  `<｜begin▁of▁sentence｜>Be kind.<｜User｜>${Q}<｜Assistant｜>${A}`,
  `<|hy_begin▁of▁sentence|>Be kind.<|hy_place▁holder▁no▁3|><|hy_User|>${Q}<|hy_Assistant|>${A}`,
  `<seed:bos>system\nBe kind.<seed:eos><seed:bos>user\n${Q}<seed:eos><seed:bos>assistant\n${A}`,
  `]~!b[]~b]system\nBe kind.[e~[\n]~b]user\n${Q}[e~[\n]~b]ai\n${A}`,
  `<beginning_of_sentence>user name=user\n${Q}<end_of_sentence>\n<beginning_of_sentence>ai name=assistant\n${A}`,
  `<s><|system_start|>Be kind.<|system_end|><|user_start|>${Q}<|user_end|><|assistant_start|>${A}`,
  `<s><|User|>:${Q}<eoh>\n<|Bot|>:${A}`,
  `<|endoftext|><|user|>\n${Q}\n<|assistant|>\n${A}`,
  `system\n\nBe kind.\n\nuser\n\n${Q}assistant\n\n${A}`,
  `user\n${Q}\nmodel\n${A}`,
  `A conversation between User and Assistant. The user asks, the Assistant solves. User: ${Q} Assistant: ${A}`,
  `Human: ${Q}<|end_of_turn|>Assistant: ${A}`,
  `Human: ${Q}\nAI: ${A}`,
  `[Round 1]\n\n问：${Q}\n\n答：${A}`,
  `Question: ${Q}\nAnswer: ${A}`,
  `Q: What is 1+1?\nA: 2\n\nQ: ${Q}\nA: ${A}`,
])("keeps what the model said of %j", (text) => {
  expect(afterTranscript(text).trim()).toBe(A);
});

it.each([
  [`${A}<|im_end|>\n<|im_start|>user\n${Q}<|im_end|>\n<|im_start|>assistant\nSo 4.`, `${A}<|im_end|>\n\n\nSo 4.`],
  [`${A}<end_of_turn>\n<start_of_turn>user\n${Q}<end_of_turn>`, `${A}<end_of_turn>\n`],
  [`${A}<|observation|>\n${Q}<|assistant|>\nSo 4.`, `${A}\n\nSo 4.`],
])("leaves out others' turns of a text that begins inside the model's: %j", (text, words) => {
  expect(afterTranscript(text)).toBe(words);
});

it.each([
  `The template is <|im_start|>user\n${Q}<|im_end|>, then.`,
  `${A} ### Response: 4`,
  "USERS: all of them",
  "#1 is the first",
  "A chat is no proof. USER: nobody",
])("leaves %j alone", (text) => {
  expect(afterTranscript(text)).toBe(text);
});
