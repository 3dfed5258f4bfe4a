import { ModelPoseParams, posesWanted, type ChoiceDto } from '@suyi/shared-types';

/*
 * What a seller can choose, and the words that the vendor's app gets for it: one table. A new choice is a new line here and its
 * code in shared-types; nothing else knows them.
 */

type Told = Omit<ModelPoseParams, 'shouldNotify'>;
type Line = { label: string; words: string };
type Choices = { [Name in keyof Told]: { label: string; options: Record<Told[Name], Line> } };

const choices: Choices = {
  scene: {
    label: '场景',
    options: {
      studio: { label: '影棚', words: '纯净浅灰背景的专业摄影棚，柔和的大面积布光' },
      street: { label: '街拍', words: '干净的城市街道，自然日光，背景轻微虚化' },
      indoor: { label: '居家', words: '明亮简洁的室内家居空间，窗边自然光' },
      cafe: { label: '咖啡馆', words: '安静的咖啡馆，木质桌椅，暖色环境光' },
      garden: { label: '花园', words: '绿意花园，午后柔光，背景虚化' },
      beach: { label: '海边', words: '开阔的海边沙滩，清晨柔和日光' },
    },
  },
  category: {
    label: '品类',
    options: {
      top: { label: '上衣', words: '上衣，搭配素色下装' },
      dress: { label: '连衣裙', words: '连衣裙，单独穿着' },
      coat: { label: '外套', words: '外套，内搭素色打底' },
      hoodie: { label: '卫衣', words: '卫衣，搭配素色休闲裤' },
      knitwear: { label: '针织', words: '针织衫，搭配素色下装' },
      trousers: { label: '裤子', words: '裤子，搭配素色上衣' },
      skirt: { label: '半身裙', words: '半身裙，搭配素色上衣' },
      shoes: { label: '鞋', words: '鞋，搭配素色简洁服装，构图突出脚部' },
    },
  },
  model: {
    label: '模特',
    options: {
      woman: { label: '女模特', words: '亚洲成年女性模特' },
      man: { label: '男模特', words: '亚洲成年男性模特' },
    },
  },
  body: {
    label: '身材',
    options: {
      slim: { label: '纤细', words: '身材纤细' },
      average: { label: '匀称', words: '身材匀称' },
      plus: { label: '丰满', words: '大码身材，自然丰满' },
    },
  },
};

/** What the vendor's app is told: who wears what, where, and that the garment itself may not change. */
export function promptOf(params: ModelPoseParams): string {
  const { scene, category, model, body } = params;
  const { options: scenes } = choices.scene;
  const { options: categories } = choices.category;
  const { options: models } = choices.model;
  const { options: bodies } = choices.body;
  return [
    `生成 ${posesWanted} 张电商分镜图，每张一个不同的姿势：正面站立、侧面站立、背面、行走、转身、坐姿、倚靠、双手插袋、整理衣襟、抬手、半身特写、面料细节。`,
    `${models[model].words}，${bodies[body].words}，穿着图中的${categories[category].words}。`,
    `场景：${scenes[scene].words}。`,
    '服装的款式、颜色、图案、标识和面料必须与图中完全一致，不得增减；同一位模特、同一套搭配贯穿全部画面；真实摄影质感，完整不裁切，无文字、无水印。',
  ].join('');
}

/** The same table for the phone. */
export function choicesForPhones(): ChoiceDto[] {
  const chosen = ModelPoseParams.parse({});
  return (Object.keys(choices) as (keyof Told)[]).map((name) => ({
    name,
    label: choices[name].label,
    options: Object.entries<Line>(choices[name].options).map(([value, { label }]) => ({ value, label })),
    default: chosen[name],
  }));
}
