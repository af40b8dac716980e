/** How a chat template marks whose turn begins. */
interface Template {
  /** a text that starts so (after marks of the text's beginning) holds its prompt */
  opens: RegExp;
  /** where the model's turns begin */
  model: RegExp;
  /** where another's turns begin */
  others: RegExp;
}

const BEGINNING =
  /^\s*(?:(?:<s>|<bos>|<BOS_TOKEN>|<\|begin_of_text\|>|<\|(?:start|end)oftext\|>|<｜begin▁of▁sentence｜>|<\|hy_begin▁of▁sentence\|>|\[gMASK\]|<sop>|\]~!b\[)\s*)*/;

const TEMPLATES: Template[] = [
  // ChatML: Qwen, Yi, Hermes
  {
    opens: /^<\|im_start\|>/,
    model: /<\|im_start\|>assistant\n?/g,
    others: /<\|im_start\|>(?!assistant)\w+/,
  },
  // Llama 3
  {
    opens: /^<\|start_header_id\|>/,
    model: /<\|start_header_id\|>assistant<\|end_header_id\|>\n*/g,
    others: /<\|start_header_id\|>(?!assistant)\w+<\|end_header_id\|>/,
  },
  // Llama 4
  {
    opens: /^<\|header_start\|>/,
    model: /<\|header_start\|>assistant<\|header_end\|>\n*/g,
    others: /<\|header_start\|>(?!assistant)\w+<\|header_end\|>/,
  },
  // Gemma
  {
    opens: /^<start_of_turn>/,
    model: /<start_of_turn>model\n/g,
    others: /<start_of_turn>(?!model)\w+\n/,
  },
  // DeepSeek, whose system text has no mark
  {
    opens: /^(?:(?!<｜(?:end|Assistant))[\s\S]){0,20000}?<｜User｜>/,
    model: /<｜Assistant｜>/g,
    others: /<｜(?:User|tool▁outputs▁begin)｜>/,
  },
  // Phi, GLM, Zephyr, Tulu
  {
    opens: /^<\|(?:user|system)\|>/,
    model: /<\|assistant\|>\n?/g,
    others: /<\|(?:user|system|observation|tool)\|>/,
  },
  // EXAONE
  { opens: /^\[\|(?:user|system)\|\]/, model: /\[\|assistant\|\]\n?/g, others: /\[\|(?:user|system)\|\]/ },
  // Granite
  {
    opens: /^<\|start_of_role\|>/,
    model: /<\|start_of_role\|>assistant<\|end_of_role\|>/g,
    others: /<\|start_of_role\|>(?!assistant)\w+<\|end_of_role\|>/,
  },
  // Command R
  {
    opens: /^<\|START_OF_TURN_TOKEN\|>/,
    model: /<\|START_OF_TURN_TOKEN\|><\|CHATBOT_TOKEN\|>/g,
    others: /<\|START_OF_TURN_TOKEN\|><\|(?:USER|SYSTEM)_TOKEN\|>/,
  },
  // Kimi
  {
    opens: /^<\|im_(?:user|system)\|>/,
    model: /<\|im_assistant\|>\w*<\|im_middle\|>/g,
    others: /<\|im_(?:user|system)\|>\w*<\|im_middle\|>/,
  },
  // Nemotron
  {
    opens: /^<(?:extra_id_0>System|SPECIAL_10>System)/,
    model: /<(?:extra_id_1|SPECIAL_11)>Assistant\n/g,
    others: /<(?:extra_id_1|SPECIAL_11)>User\n/,
  },
  // Hunyuan, whose system text has no mark but at its end
  {
    opens: /^[^<]*(?:<\|hy_place▁holder▁no▁3\|>)?<\|hy_User\|>/,
    model: /<\|hy_Assistant\|>/g,
    others: /<\|hy_User\|>/,
  },
  // Seed
  {
    opens: /^<seed:bos>(?:system|user)\n/,
    model: /<seed:bos>assistant\n/g,
    others: /<seed:bos>(?!assistant)\w+\n/,
  },
  // MiniMax
  { opens: /^\]~b\](?:system|user)/, model: /\]~b\]ai\n/g, others: /\]~b\](?!ai\b)\w+/ },
  {
    opens: /^<beginning_of_sentence>(?:system|user)/,
    model: /<beginning_of_sentence>ai name=[^\n]*\n/g,
    others: /<beginning_of_sentence>(?!ai\b)\w+/,
  },
  // Apertus
  {
    opens: /^<\|(?:system|user)_start\|>/,
    model: /<\|assistant_start\|>/g,
    others: /<\|(?:user|system|developer)_start\|>/,
  },
  // InternLM
  { opens: /^<\|(?:User|System)\|>:/, model: /<\|Bot\|>:/g, others: /<\|User\|>:/ },
  // Llama 2, Mistral
  { opens: /^(?:\[INST\]|\[SYSTEM_PROMPT\])/, model: /\[\/INST\]/g, others: /\[INST\]/ },
  // marks that were skipped when the text was decoded: of Llama 3 and 4, which set none but two line breaks, and others
  { opens: /^(?:system|user)\n\n/, model: /assistant\n\n/g, others: /(?:user|system|ipython|tool)\n\n/ },
  {
    opens: /^(?:system|user|developer)\n/,
    model: /(?:^|\n)(?:assistant|model)\n/g,
    others: /\n(?:user|system|tool)\n/,
  },
  // R1-Zero, in one line or several
  {
    opens: /^A conversation between User and Assistant/,
    model: /(?:^|\s)Assistant:/g,
    others: /(?:^|\s)User:/,
  },
  {
    opens: /^(?:Human|User): /,
    model: /(?:\n|<\|end_of_turn\|>)(?:Assistant|AI|Bot|Falcon|Model):/g,
    others: /(?:\n|<\|end_of_turn\|>)(?:Human|User):/,
  },
  // ChatGLM
  { opens: /^(?:\[Round \d+\]\s*)?问：/, model: /\n答：/g, others: /\n(?:\[Round \d+\]\s*)?问：/ },
  // prompts of base models
  { opens: /^Question: /, model: /\nAnswer:/g, others: /\nQuestion:/ },
  { opens: /^Q: /, model: /\nA:/g, others: /\nQ:/ },
  // Vicuna
  { opens: /^(?:A chat between an? |USER: )/, model: /(?:^|\s)ASSISTANT:/g, others: /(?:^|\s)USER:/ },
  // OpenChat
  {
    opens: /^GPT4 Correct User:/,
    model: /GPT4 Correct Assistant:/g,
    others: /GPT4 Correct User:/,
  },
  // Alpaca, and the like of it
  {
    opens: /^(?:Below is an instruction|#{2,3} ?(?:Instruction|System|User|Human|Question|Input|Prompt)\b)/i,
    model: /(?:^|\n)#{2,3} ?(?:Response|Assistant|Answer|Output)\b[^\n]*:[ \t]*\n?/gi,
    others: /\n#{2,3} ?(?:Instruction|User|Human|Question|Input)\b[^\n]*:/i,
  },
];

/** What every template's opening begins with, so that the usual text is off the patterns at its first letter. */
const MAY_OPEN = /^[\s<[\]#AHUsudBGQ问]/;
/** What ends a turn in a text that begins inside one, or is another's turn by itself. */
const TURN_END =
  /<\|(?:im_end|eot_id|eom_id|eot|end_of_text|endoftext)\|>|<end_of_turn>|<｜end▁of▁sentence｜>|\[\|endofturn\|\]/;
const TURN_ENDS = new RegExp(`(?:${TURN_END.source})\\s*$`);
const OBSERVATION = /<(?:\|observation\|>|｜tool▁outputs▁begin｜>)/;
const BETWEEN = new RegExp(`^${OBSERVATION.source}`);
/** What one of the two needs, so that a text with other marks is off the patterns after one look. */
const MAY_END_TURN = new RegExp(`${TURN_END.source}|${OBSERVATION.source}`);

/**
 * A whole transcript down to what the model wrote: its last turn (earlier ones may be worked examples), or all its
 * turns when tools answered in between. Any other text comes back as it is.
 */
export function afterTranscript(text: string): string {
  if (text.includes("<|channel|>")) return harmony(text);
  const tools = text.includes("<tool_response>");
  const marked = text.includes("<|") || text.includes("<｜") || text.includes("<start_of_turn>");
  if (!tools && !marked && !MAY_OPEN.test(text)) return text;
  const body = text.slice(BEGINNING.exec(text)![0].length);
  const template = TEMPLATES.find(({ opens }) => opens.test(body));
  if (template !== undefined) {
    const turns = turnsOf(text, template, false);
    return tools && turns.length > 0 ? turns.join("\n\n") : (turns.at(-1) ?? text);
  }
  if (!tools && !(marked && MAY_END_TURN.test(text))) return text;
  for (const one of TEMPLATES) {
    const turns = turnsOf(text, one, true);
    if (tools ? turns.length > 1 : beginsInside(text, one)) return turns.join("\n\n");
  }
  return text;
}

/** Whether a text begins with the model's words and goes on with a turn of others: one that a turn's end stands before. */
function beginsInside(text: string, { others }: Template): boolean {
  const at = others.exec(text)?.index;
  if (at === undefined) return false;
  return BETWEEN.test(text.slice(at, at + 30)) || TURN_ENDS.test(text.slice(Math.max(0, at - 40), at));
}

function turnsOf(text: string, { model, others }: Template, startsInside: boolean): string[] {
  const starts = [...text.matchAll(model)].map((m) => ({ head: m.index, start: m.index + m[0].length }));
  if (startsInside) starts.unshift({ head: 0, start: 0 });
  return starts.map(({ start }, i) => {
    const turn = text.slice(start, starts[i + 1]?.head);
    return turn.slice(0, others.exec(turn)?.index);
  });
}

/** gpt-oss: what the model said in its channels, without calls of tools; the last turn of several. */
function harmony(text: string): string {
  const said: string[] = [];
  const message =
    /(?:^|<\|start\|>(\w+)([^<]*))(?:<\|channel\|>([^<]*))?(?:<\|constrain\|>[^<]*)?<\|message\|>([\s\S]*?)(?=<\|(?:end|return|call|start)\|>|$)/g;
  for (const [, role = "assistant", to = "", channel = "", words = ""] of text.matchAll(message)) {
    if (role === "user") said.length = 0;
    if (role !== "assistant" || /\bto=/.test(to + channel)) continue;
    if (words.trim()) said.push(words.trim());
  }
  return said.length > 0 ? said.join("\n\n") : text;
}
