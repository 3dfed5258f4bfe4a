import { assert } from '../lib/assert';
import type { AiLabel } from './port';

const namespace = 'http://www.tc260.org.cn/ns/AIGC/1.0/';

/** It lies in one segment of the JPEG, and libvips leaves out a longer packet without a word (60 000 went in, 62 000 did not). */
const packetBytesMax = 60_000;

/**
 * The implicit label of GB 45438-2025 as an XMP packet. We both make the picture and hand it out, hence one name and one number
 * twice; "1" says: this is generated, not only perhaps.
 */
export function aiPacket({ producer, produceId }: AiLabel): string {
  const claim = JSON.stringify({
    Label: '1',
    ContentProducer: producer,
    ProduceID: produceId,
    ReservedCode1: '',
    ContentPropagator: producer,
    PropagateID: produceId,
    ReservedCode2: '',
  });

  const packet =
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    `<rdf:Description rdf:about="" xmlns:TC260="${namespace}"><TC260:AIGC>${escapeXml(claim)}</TC260:AIGC></rdf:Description>` +
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>';
  assert(Buffer.byteLength(packet) <= packetBytesMax, 'the label fits into a JPEG');
  return packet;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // JSON has escaped controls and halves of pairs already; these two are letters to it, and none to XML.
  '\uFFFE': '\\ufffe',
  '\uFFFF': '\\uffff',
};

const escapeXml = (json: string): string =>
  json.replace(/[&<>"'\uFFFE\uFFFF]/g, (letter) => entities[letter] ?? letter);
