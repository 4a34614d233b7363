# landbridge/postgres:16, from the repository's root:
#   docker build -f deploy/images/postgres.Dockerfile -t landbridge/postgres:16 .
# PostgreSQL as it is published, and the program that guards, serves, rebuilds and rehearses: it needs
# Python and nothing else. No Docker was at hand where this was written: it was never built.
FROM postgres:16-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    # The manifests' user, under the name that pg_hba.conf's peer line asks for.
    && groupmod --gid 10002 postgres \
    && usermod --uid 10002 postgres \
    && chown -R postgres:postgres /var/run/postgresql
COPY landbridge /opt/landbridge/landbridge
ENV PYTHONPATH=/opt/landbridge PYTHONUNBUFFERED=1
USER 10002:10002
ENTRYPOINT ["python3", "-m", "landbridge.database_pod"]
