// The Prometheus text exposition format, version 0.0.4, read strictly: a line that a scraper would
// stumble over is an error here.

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (.*)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)(?: \\d+)?$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/y;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN)$/;

function parseLabels(text = '') {
  const labels = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const at = LABEL.lastIndex;
    const found = LABEL.exec(text);
    if (!found) throw new Error(`no label at ${at} of {${text}}`);
    if (found[1] in labels) throw new Error(`${found[1]} is there twice in {${text}}`);
    labels[found[1]] = found[2];
  }
  return labels;
}

function toNumber(text) {
  if (!NUMBER.test(text)) throw new Error(`"${text}" is no number`);
  return Number(text.replace('Inf', 'Infinity'));
}

/** The families of a page, by name: `{ name, help, type, samples: [{ name, labels, value }] }`. */
export function parseMetrics(text) {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map();
  let family;
  const begin = (name) => {
    if (families.has(name)) throw new Error(`the lines of ${name} do not stand together`);
    family = { name, samples: [] };
    families.set(name, family);
  };
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helped, help] = HELP.exec(line) ?? [];
    const [, typed, type] = TYPE.exec(line) ?? [];
    const [, sampled, labels, value] = SAMPLE.exec(line) ?? [];
    if (helped) {
      begin(helped);
      family.help = help;
    } else if (typed) {
      if (family?.name !== typed) begin(typed);
      family.type = type;
    } else if (sampled && !line.startsWith('#')) {
      if (!belongs(sampled, family)) throw new Error(`${sampled} stands among ${family?.name}`);
      family.samples.push({ name: sampled, labels: parseLabels(labels), value: toNumber(value) });
    } else {
      throw new Error(`neither a comment nor a sample: ${line}`);
    }
  }
  return families;
}

function belongs(sample, family) {
  if (!family) return false;
  if (sample === family.name) return family.type !== 'histogram';
  return family.type === 'histogram'
    && ['_bucket', '_sum', '_count'].some((suffix) => sample === family.name + suffix);
}

/** The value of the one sample with this name and these labels; undefined if there is none. */
export function valueOf(families, name, labels = {}) {
  const all = [...families.values()].flatMap((family) => family.samples);
  return all.find((sample) => sample.name === name
    && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value;
}
