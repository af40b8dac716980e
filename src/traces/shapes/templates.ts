/** How a chat template marks whose turn begins. */
interface Template {
  /** a text that starts so (after marks of the text's beginning) holds its prompt */
  opens: RegExp;
  /** where the model's turns begin */
  model: RegExp;
  /** where another's turns begin */
  others: RegExp;
}

const BEGINNING = /^\s*(?:(?:<s>|<bos>|<BOS_TOKEN>|<\|begin_of_text\|>|<｜begin▁of▁sentence｜>|\[gMASK\]|<sop>)\s*)*/;

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
  // DeepSeek
  { opens: /^<｜User｜>/, model: /<｜Assistant｜>/g, others: /<｜(?:User|tool▁outputs▁begin)｜>/ },
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
  // Llama 2, Mistral
  { opens: /^(?:\[INST\]|\[SYSTEM_PROMPT\])/, model: /\[\/INST\]/g, others: /\[INST\]/ },
  // marks that were skipped when the text was decoded
  { opens: /^(?:system|user)\n/, model: /(?:^|\n)assistant\n/g, others: /\n(?:user|system|tool)\n/ },
  {
    opens: /^(?:(?:Human|User): |A conversation between User and Assistant)/,
    model: /\nAssistant:/g,
    others: /\n(?:Human|User):/,
  },
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
const MAY_OPEN = /^[\s<[#AHUsuBG]/;

/**
 * A whole transcript down to what the model wrote: its last turn (earlier ones may be worked examples), or all its
 * turns when tools answered in between. Any other text comes back as it is.
 */
export function afterTranscript(text: string): string {
  if (text.includes("<|channel|>")) return harmony(text);
  const tools = text.includes("<tool_response>");
  if (!tools && !MAY_OPEN.test(text)) return text;
  const body = text.slice(BEGINNING.exec(text)![0].length);
  const template = TEMPLATES.find(({ opens }) => opens.test(body));
  if (tools) {
    const all = template ? [template] : TEMPLATES;
    for (const one of all) {
      const turns = turnsOf(text, one, template === undefined);
      if (turns.length > (template === undefined ? 1 : 0)) return turns.join("\n\n");
    }
    return text;
  }
  return template === undefined ? text : (turnsOf(text, template, false).at(-1) ?? text);
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
