/** How much larger than in CI the fault tests are: `FAULTS_SCALE=20 npm run test:faults` is the long run. */
export const scale = Math.max(1, Number(process.env.FAULTS_SCALE ?? 1));
