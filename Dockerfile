# One image for the aggregator, the publisher and the command line; TypeScript runs as it is, so nothing is built.
ARG NODE_IMAGE=node:22.23.3-bookworm-slim

# Only manifests, so that the install below is cached until one of them changes.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY proto proto
COPY libs libs
COPY apps apps
COPY tools tools
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
# The optional dependencies are Node itself, which the base image brings.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
ENV ONCELOG_HOST=0.0.0.0
ENV ONCELOG_PORT=8080
ENV ONCELOG_DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY libs libs
COPY apps/aggregator apps/aggregator
COPY apps/publisher apps/publisher
COPY apps/cli apps/cli
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["node", "apps/aggregator/src/healthcheck.ts"]
CMD ["node", "apps/aggregator/src/main.ts"]
