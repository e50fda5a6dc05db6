# One image for hub, edge agent and simulators; the command says which.
FROM node:20.20-bookworm-slim AS build
WORKDIR /kuzet
COPY package.json package-lock.json ./
COPY contracts/package.json contracts/
COPY lib/package.json lib/
COPY server/package.json server/
COPY edge-agent/package.json edge-agent/
COPY wall-client/package.json wall-client/
COPY simulators/package.json simulators/
COPY bench/package.json bench/
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --ignore-scripts

FROM node:20.20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /kuzet
COPY --from=build /kuzet/node_modules node_modules
COPY --from=build /kuzet/dist dist
COPY --from=build /kuzet/config config
COPY --from=build /kuzet/simulators/clips/media simulators/clips/media
COPY --from=build /kuzet/simulators/scenarios simulators/scenarios
COPY --from=build /kuzet/package.json package.json
RUN mkdir /data && chown node /data
USER node
VOLUME /data
ENV KUZET_DATA_DIR=/data
# As lib/node-flags.ts has it, for all three; what Node.js does not take from here stands in the commands.
ENV NODE_OPTIONS="--enable-source-maps --max-semi-space-size=32"
CMD ["node", "--initial-old-space-size=128", "dist/server/main.js"]
