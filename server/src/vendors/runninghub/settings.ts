/** A field of one node of the app's graph: what we fill in. */
export type NodeField = { nodeId: string; fieldName: string };

/** Where the app takes the photo and the words, and which of its nodes saves the pictures that we want. */
export type PoseNodes = { image: NodeField; prompt: NodeField; result: { nodeId: string } };

export type RunningHubSettings = {
  /** Keys, files and jobs do not cross over between the vendor's two sites: this belongs to the key. */
  apiBase: string;
  apiKey: string;
  webappId: string;
  nodes: PoseNodes;
  /** Where pictures may be fetched from: host names without a port, each exactly. */
  resultHosts: readonly string[];
  /** How photos are left and jobs ordered. Questions are v2's in either case: it knows the jobs of both. */
  apiVersion: 'v2' | 'v1';
  instanceType: 'default' | 'plus' | 'ultra';
  /** For one call, its body included; 30 seconds if not given. Questions never wait longer than 10. */
  timeoutMs?: number;
};
