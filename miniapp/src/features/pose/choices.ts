import { ModelPoseParams, type ChoiceDto, type ToolDto } from '@suyi/shared-types';

/** What is chosen, by the choice's name; a choice that is still open is absent. */
export type Chosen = Record<string, string>;

/** The choices that the server offers, without those a newer server knows and this build could not send. */
export function choicesOf(tool: ToolDto): ChoiceDto[] {
  return tool.choices.flatMap((choice) => {
    const field = Object.entries(ModelPoseParams.shape).find(([name]) => name === choice.name)?.[1];
    const options = choice.options.filter(({ value }) => field?.safeParse(value).success);
    return options.length === 0 ? [] : [{ ...choice, options }];
  });
}

/**
 * What the garment is, is seen on the photo and on nothing else: the last set's would dress a model in these trousers as
 * in a top, and the use would be gone. It has no usual value, and is not remembered.
 */
const photosOwn = ['category'];

export function withoutPhotosOwn(chosen: Chosen): Chosen {
  return Object.fromEntries(Object.entries(chosen).filter(([name]) => !photosOwn.includes(name)));
}

/** The wished option of each choice while it is still offered, else the server's, where there is a usual one. */
export function chosenOf(choices: ChoiceDto[], wished: Chosen): Chosen {
  const pick = ({ name, options, default: usual }: ChoiceDto): [string, string][] => {
    const isOffered = (value: string | undefined) => options.some((option) => option.value === value);
    const fallbacks = photosOwn.includes(name) ? [] : [usual, options[0]?.value];
    const value = [wished[name], ...fallbacks].find(isOffered);
    return value === undefined ? [] : [[name, value]];
  };
  return Object.fromEntries(choices.flatMap(pick));
}

/** The first choice that the seller has yet to make. */
export function openChoiceOf(choices: ChoiceDto[], chosen: Chosen): ChoiceDto | null {
  return choices.find(({ name }) => chosen[name] === undefined) ?? null;
}

/** `街拍 · 上衣 · 女模特 · 匀称`, with `品类未选` in the place of what is open. */
export function chosenWords(choices: ChoiceDto[], chosen: Chosen): string {
  const wordsOf = ({ name, label, options }: ChoiceDto) =>
    options.find(({ value }) => value === chosen[name])?.label ?? `${label}未选`;
  return choices.map(wordsOf).join(' · ');
}

export function paramsOf(chosen: Chosen, shouldNotify: boolean): ModelPoseParams {
  return ModelPoseParams.parse({ ...chosen, shouldNotify });
}
