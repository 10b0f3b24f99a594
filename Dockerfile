# The image of `triage`: docker build --tag connector-triage:0.1.0 .
#
# Node runs the .ts files as they are, so nothing is compiled: the image holds the sources, the catalog and the
# production dependencies. It writes no file and needs no root: run it with --read-only, --cap-drop ALL and
# --security-opt no-new-privileges, as docker-compose.yml does.
ARG NODE_IMAGE=node:24.21.0-trixie-slim

FROM ${NODE_IMAGE} AS app
WORKDIR /app
# Dependencies first: this layer stays in the cache until the lock file changes.
COPY package.json package-lock.json ./
# The optional dependencies are Node binaries for machines that have none; this image brings its own.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY src ./src
COPY catalog ./catalog
COPY schemas ./schemas
# A checkout made under a strict umask must be readable for the image's user, too; nobody may write.
RUN chmod -R a+rX,go-w /app
# Loads every module and tries every example: an image that could not start is not built.
RUN ["node", "src/main.ts", "catalog", "check"]

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=app /app/node_modules ./node_modules
COPY --from=app /app/package.json ./package.json
COPY --from=app /app/catalog ./catalog
COPY --from=app /app/schemas ./schemas
COPY --from=app /app/src ./src
ARG NODE_IMAGE
ARG VERSION=0.1.0
# The commit: --build-arg REVISION=$(git rev-parse HEAD)
ARG REVISION=unknown
LABEL org.opencontainers.image.title="connector-triage" \
      org.opencontainers.image.description="Classifies SaaS connector error logs in a Kafka stream" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/${NODE_IMAGE}"
# The image's user `node`, as a number: Kubernetes' runAsNonRoot cannot judge a name.
USER 1000:1000
# Node itself is PID 1, so that SIGTERM reaches it: it then drains for up to drainTimeoutMs (2.5 s).
ENTRYPOINT ["node", "/app/src/main.ts"]
CMD ["run"]
