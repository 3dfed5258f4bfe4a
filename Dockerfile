# One image for every role: web, worker, migrate, backup. Three stages, so that what builds the product is not in it.

FROM node:20-bookworm-slim AS build
WORKDIR /app
ENV CI=1
COPY package.json package-lock.json .npmrc tsconfig.base.json ./
COPY shared-types/package.json shared-types/
COPY server/package.json server/
COPY miniapp/package.json miniapp/
# .npmrc turns install scripts off: every native package brings its binary along.
RUN npm ci --include=dev
COPY scripts scripts
COPY shared-types shared-types
COPY server server
COPY miniapp miniapp
RUN npm run build -- server h5

FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY shared-types/package.json shared-types/
COPY server/package.json server/
COPY miniapp/package.json miniapp/
# What the server runs on and nothing else: no compiler, no test, nothing of the mini program.
RUN npm ci --omit=dev --workspace=server --workspace=shared-types \
 # Binaries for systems that this image is not: 200 MB of them.
 && cpu="$(node -p process.arch)" \
 && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d ! -name linux -exec rm -r {} + \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -name "$cpu" -exec rm -r {} + \
 && find node_modules/@appthreat/sqlite3/prebuilds -mindepth 1 -maxdepth 1 -type d ! -name "linux-$cpu" -exec rm -r {} +

FROM node:20-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 WORKER_PORT=3001 DATA_DIR=/data
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/package.json package.json
COPY --from=build /app/shared-types/package.json shared-types/package.json
COPY --from=build /app/shared-types/dist shared-types/dist
COPY --from=build /app/server/package.json server/package.json
COPY --from=build /app/server/dist server/dist
COPY --from=build /app/server/models server/models
COPY --from=build /app/miniapp/dist-h5 miniapp/dist-h5
# A folder for what is on its way only: the database and the pictures live elsewhere.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000 3001
# Node gets the signal itself: it is the first process, it handles SIGTERM, and it waits for its own children. No init needed.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const{ROLES='web,worker',PORT,WORKER_PORT}=process.env;fetch(`http://127.0.0.1:${ROLES.includes('web')?PORT:WORKER_PORT}/health`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "server/dist/main.js"]
