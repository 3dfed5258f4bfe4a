import { ModelPoseParams, type ChoiceDto, type ToolDto } from '@suyi/shared-types';

/** What is chosen, by the choice's name. */
export type Chosen = Record<string, string>;

/** The choices that the server offers, without those a newer server knows and this build could not send. */
export function choicesOf(tool: ToolDto): ChoiceDto[] {
  return tool.choices.flatMap((choice) => {
    const field = Object.entries(ModelPoseParams.shape).find(([name]) => name === choice.name)?.[1];
    const options = choice.options.filter(({ value }) => field?.safeParse(value).success);
    return options.length === 0 ? [] : [{ ...choice, options }];
  });
}

/** One option of each choice: the wished one while it is still offered, else the server's. */
export function chosenOf(choices: ChoiceDto[], wished: Chosen): Chosen {
  const pick = ({ name, options, default: usual }: ChoiceDto) => {
    const isOffered = (value: string | undefined) => options.some((option) => option.value === value);
    return [wished[name], usual].find(isOffered) ?? options[0]?.value ?? usual;
  };
  return Object.fromEntries(choices.map((choice) => [choice.name, pick(choice)]));
}

export function paramsOf(chosen: Chosen, shouldNotify: boolean): ModelPoseParams {
  return ModelPoseParams.parse({ ...chosen, shouldNotify });
}
