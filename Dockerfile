# The container image of oncelog: `docker build -t oncelog .`, or ./dev image where there is no Docker.
#
#   docker run -p 8080:8080 -v events:/data oncelog
#
# What is installed to build it is what ./dev says, and what is in it is what the tarball of
# ./dev package holds; so there is no second list to keep.

FROM debian:bookworm-slim AS build
WORKDIR /src
COPY dev ./
RUN ./dev setup
COPY . .
RUN ./dev package && mv build/package/oncelog-* /oncelog

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="oncelog" \
      org.opencontainers.image.description="An event aggregator that keeps each event exactly once" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /oncelog /usr/local
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin oncelog \
 && install --directory --owner=oncelog --group=oncelog --mode=0700 /data
# Inside a container loopback is of no use to anyone: who may reach the port is decided by `-p` and
# by the container's network, as there is no authentication.
ENV ONCELOG_DATA=/data \
    ONCELOG_LISTEN=0.0.0.0:8080 \
    ONCELOG_ALLOW_ANONYMOUS=true
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["oncelog", "health"]
ENTRYPOINT ["oncelog"]
CMD ["serve"]
