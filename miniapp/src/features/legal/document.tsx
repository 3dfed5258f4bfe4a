import { Text, View } from '@tarojs/components';
import { spoken } from '../../platform/spoken';
import './document.scss';

export interface LegalSection {
  heading: string;
  paragraphs: string[];
}

interface LegalDocumentProps {
  title: string;
  /** `2026年11月22日` */
  effective: string;
  opening: string;
  sections: LegalSection[];
}

/** A text to be read in full: plain, with headings a screen reader can jump between. */
export function LegalDocument({ title, effective, opening, sections }: LegalDocumentProps) {
  return (
    <View className="legal">
      <Text className="legal__title">{title}</Text>
      <Text className="legal__date">{`更新并生效：${effective}`}</Text>
      <Text className="legal__paragraph">{opening}</Text>
      {sections.map((section, index) => (
        <View key={section.heading} className="legal__section">
          <Text className="legal__heading" {...spoken({ role: 'heading' })}>
            {`${index + 1}. ${section.heading}`}
          </Text>
          {section.paragraphs.map((paragraph) => (
            <Text key={paragraph} className="legal__paragraph">
              {paragraph}
            </Text>
          ))}
        </View>
      ))}
    </View>
  );
}
