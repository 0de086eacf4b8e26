# The platform with everything it needs at run time: program, web assets, language model. Nothing is fetched later.
#
#     docker build -t matchmaker:0.1.0 .
#     docker compose build                     the same, by docker-compose.yml
#
# Needs BuildKit, which Docker has had switched on since version 23. Made for x86-64 and arm64.
# Build arguments for networks with their own mirrors, all optional: PIP_INDEX_URL, PIP_EXTRA_INDEX_URL and
# PIP_TRUSTED_HOST as pip knows them, NPM_CONFIG_REGISTRY as npm knows it, and
#   MATCHMAKER_MAVEN_REPOSITORY  the address of a Maven repository that has the language model's artifact.
#   TORCH_INDEX_URL  a package index with PyTorch for CPUs. Without it PyTorch comes from the default index, which on
#                    Linux x86-64 brings 4 GB of libraries for graphics cards along.
#   PYTHON_IMAGE     the base image, by another name or from another registry.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# The package, with the web assets and the language model that scripts/hatch_build.py fetches.
FROM ${PYTHON_IMAGE} AS wheel
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG NPM_CONFIG_REGISTRY
ARG MATCHMAKER_MAVEN_REPOSITORY
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY pyproject.toml README.md ./
COPY scripts/hatch_build.py scripts/
COPY indexing indexing
COPY matchmaker matchmaker
RUN --mount=type=cache,target=/root/.cache/pip pip wheel --no-deps --wheel-dir /wheels .

# The virtual environment and the model's folder, both at the place where they will be used.
FROM ${PYTHON_IMAGE} AS environment
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG TORCH_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/matchmaker/bin:$PATH
RUN python -m venv /opt/matchmaker
WORKDIR /source
# First and alone: the layer that changes least. Only from this index, or the default one would win with a newer build.
RUN --mount=type=cache,target=/root/.cache/pip \
    if [ -n "${TORCH_INDEX_URL:-}" ]; then \
        env -u PIP_EXTRA_INDEX_URL pip install --index-url "$TORCH_INDEX_URL" torch; \
    fi
COPY --from=wheel /wheels /wheels
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install "matchmaker[report,semantic] @ file://$(ls /wheels/matchmaker-*.whl)"
COPY scripts/export_model scripts/
RUN python scripts/export_model /opt/matchmaker/model
COPY --chmod=0644 deploy/engine_access.py /opt/matchmaker/deploy/

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="matchmaker" \
      org.opencontainers.image.description="Technology needs meet achievements: platform and index worker"
# Charts and PDF of reports are drawn with a font of the system.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-wqy-microhei \
    && rm -rf /var/lib/apt/lists/*
# A fixed number, so that the owner of volumes and backups stays the same. Volumes inherit the owner of these folders.
RUN groupadd --gid 10001 matchmaker \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin matchmaker \
    && install --directory --owner 10001 --group 10001 --mode 0750 /data /run/engine
COPY --from=environment /opt/matchmaker /opt/matchmaker
# HOME: what libraries keep for themselves goes to the volume, the rest of the file system may be read-only.
# HF_HUB_OFFLINE: nobody asks a model hub, whatever model is chosen.
ENV PATH=/opt/matchmaker/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    HF_HUB_OFFLINE=1 \
    MATCHMAKER_DATA_DIR=/data \
    MATCHMAKER_EMBEDDER=sentence-transformers:/opt/matchmaker/model
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["matchmaker"]
CMD ["serve", "--host", "0.0.0.0"]
